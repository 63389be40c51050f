// What the client of a client or bidi stream sends: one message that opens the stream, then its items.

import type { MessageType } from "../wire-types.ts";
import { emptyMessage } from "./building.ts";

/** The oneof's members, and so the properties of a decoded message. They are the road's own: no contract numbers them. */
export const streamFrame = { open: { name: "open", number: 1 }, item: { name: "item", number: 2 } } as const;

/** The message of a stream's wire: what opens it, or an item. */
export function streamRequest(
  home: Pick<MessageType, "name" | "fullName" | "file">,
  open: MessageType,
  item: MessageType,
): MessageType {
  const message = emptyMessage(home);
  const member = { cardinality: "single", oneof: "message", tag: undefined } as const;
  for (const [of, { name, number }, comment] of [
    [open, streamFrame.open, "The first message, and only that."],
    [item, streamFrame.item, "Each message after the first."],
  ] as const)
    message.fields.push({
      ...member,
      ...{ key: name, name, jsonName: name, number, comment },
      type: { kind: "message", message: of },
    });
  return message;
}

/** The messages that a method declares for itself: its request, and what a stream's request holds. */
export function requestMessages(request: MessageType, isStream: boolean): MessageType[] {
  if (!isStream) return [request];
  return [request, ...request.fields.flatMap(({ type }) => (type.kind === "message" ? [type.message] : []))];
}

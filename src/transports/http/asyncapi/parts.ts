// What each channel adds to the AsyncAPI document, and how its parts refer to each other.

import type { JsonObject } from "../openapi/schemas.ts";

/** Parts of the document, each by its name. */
export interface Parts {
  readonly channels: JsonObject;
  readonly operations: JsonObject;
  readonly messages: JsonObject;
}

/** A reference to a channel. */
export function channelReference(channel: string): JsonObject {
  return { $ref: `#/channels/${channel}` };
}

/** A channel's messages by name, each a component. */
export function channelMessages(names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }]));
}

/** The messages that an operation sends or receives: those of its channel, by name. */
export function messageReferences(channel: string, names: readonly string[]): JsonObject[] {
  return names.map((name) => ({ $ref: `#/channels/${channel}/messages/${name}` }));
}

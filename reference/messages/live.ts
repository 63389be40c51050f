// Messages as they happen: watching a channel, and talking in it.

import { hash } from "node:crypto";
import { type Items, isAppError, merge, type StreamContext } from "trivium";
import type { AppError, OutputOf, User } from "trivium/contract";
import { channelStream, MemberLeft } from "../channels/contract.ts";
import { memberTable } from "../channels/tables.ts";
import { whatIsWrong } from "../problem.ts";
import { MessageEdited, MessagePosted, MessageRemoved, messages } from "./contract.ts";

type ReaderContext = Parameters<typeof memberTable.find>[0] & { readonly user: User };
type ConversationContext = StreamContext<typeof messages.converse>;
type Reply = OutputOf<typeof messages.converse>;

/** What may be said: a text, with a key if it is to be posted once however often it is sent. */
interface Said {
  readonly body: string;
  readonly key?: string | undefined;
}

const types = {
  "message.posted": "posted",
  "message.edited": "edited",
  "message.removed": "removed",
} as const;

/** All that happens to the messages of a channel, and who leaves it: from after the cursor, else from now on. */
export function followChannel(
  ctx: Pick<StreamContext, "live">,
  { channelId, after }: { readonly channelId: string; readonly after?: string | undefined },
) {
  const events = [MessagePosted, MessageEdited, MessageRemoved, MemberLeft];
  return ctx.live(channelStream, channelId, { after, events });
}

/** What happens to the messages of a channel that is followed. Ends with `gone` when the user has left the channel. */
export async function* messageEvents(
  ctx: ReaderContext,
  channelId: string,
  followed: ReturnType<typeof followChannel>,
  gone: () => AppError,
) {
  for await (const event of followed) {
    if (event.type !== "member.left") yield { cursor: event.cursor, type: types[event.type], message: event.data };
    // In what is read again he may have come back since.
    else if (event.data.accountId === ctx.user.id && (await hasLeft(ctx, channelId))) throw gone();
  }
}

async function hasLeft(ctx: ReaderContext, channelId: string) {
  return (await memberTable.find(ctx, { channelId, accountId: ctx.user.id })) === undefined;
}

/** A conversation: what happens in the channel, and what became of each item, until all that was said is answered. */
export async function* conversation(
  ctx: ConversationContext,
  events: AsyncIterable<Reply>,
  channelId: string,
  items: Items<Said>,
): AsyncGenerator<Reply> {
  for await (const answer of merge(events, replies(ctx, channelId, items))) {
    if (answer === ended) return;
    yield answer;
  }
}

const ended: Reply = { type: "accepted" };

async function* replies(ctx: ConversationContext, channelId: string, items: Items<Said>): AsyncGenerator<Reply> {
  for await (const said of items.settled()) {
    try {
      if (!said.ok) throw said.error;
      const { body, key } = said.value;
      const once = key === undefined ? {} : { idempotencyKey: hash("sha256", key, "base64url") };
      yield { type: "accepted", item: said.index, message: await ctx.call(messages.post, { channelId, body }, once) };
    } catch (error) {
      if (!isAppError(error) || error.code === "UNAUTHENTICATED" || ctx.signal.aborted) throw error;
      const { code, reason } = error;
      yield { type: "refused", item: said.index, problem: { code, reason, message: whatIsWrong(error) } };
    }
  }
  yield ended;
}

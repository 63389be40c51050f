// Messages, as the world sees them.

import {
  bidiStream,
  clientStream,
  command,
  event,
  failure,
  model,
  query,
  serverStream,
  service,
  timestamp,
  z,
} from "trivium/contract";
import { ChannelIsArchived, ChannelNotFound, channelStream, NotAMember } from "../channels/contract.ts";
import { pageInput, pageOf } from "../page.ts";
import { line, paragraphs } from "../text.ts";

export const Message = model("Message", {
  id: z.uuid(),
  channelId: z.uuid(),
  authorId: z.uuid(),
  /** Text, never HTML. */
  body: z.string(),
  version: z.int(),
  createdAt: timestamp(),
  updatedAt: timestamp(),
});

/**
 * A message that was found, with up to three excerpts that show why. The parts of an excerpt, joined, are what stands in
 * the body, and those with `match` are what was searched for: text, never HTML.
 */
export const SearchHit = model("SearchHit", {
  message: Message,
  highlights: z.array(z.object({ parts: z.array(z.object({ text: z.string(), match: z.boolean() })) })),
});

export const MessageNotFound = failure("MESSAGE_NOT_FOUND", {
  code: "NOT_FOUND",
  message: "There is no such message",
  details: { id: z.uuid() },
});
export const NotTheAuthor = failure("NOT_THE_AUTHOR", {
  code: "PERMISSION_DENIED",
  message: "Only the author of the message may do this",
  details: { id: z.uuid() },
});

export const MessagePosted = event("message.posted", {
  stream: channelStream,
  key: (message) => message.channelId,
  data: Message,
});
export const MessageEdited = event("message.edited", {
  stream: channelStream,
  key: (message) => message.channelId,
  data: Message,
});
/** The message as it was last. */
export const MessageRemoved = event("message.removed", {
  stream: channelStream,
  key: (message) => message.channelId,
  data: Message,
});

/** What happened to a message. The cursor of the last one seen resumes after it. */
export const MessageEvent = model("MessageEvent", {
  cursor: z.string(),
  type: z.enum(["posted", "edited", "removed"]),
  message: Message,
});

/**
 * What a conversation hears: what happens in the channel, as in MessageEvent; and for each item that it sent, by its
 * number from 0, the message that it became (`accepted`) or why it became none (`refused`).
 */
export const ConversationEvent = model("ConversationEvent", {
  type: z.enum(["posted", "edited", "removed", "accepted", "refused"]),
  cursor: z.string().optional(),
  message: Message.optional(),
  item: z.int().optional(),
  problem: z.object({ code: z.string(), reason: z.string(), message: z.string() }).optional(),
});

export const ImportSummary = model("ImportSummary", {
  /** Lines that became messages. */
  imported: z.int(),
  /** Lines that did not. */
  refused: z.int(),
  /** The first 1,000 of these, by their number from 1; empty lines are not counted. */
  problems: z.array(z.object({ line: z.int(), reason: z.string(), message: z.string() })),
});

export const ImportInterrupted = failure("IMPORT_INTERRUPTED", {
  code: "UNAVAILABLE",
  message: "The server stops: send the same lines again, with the same idempotency key if there was one",
  details: { lines: z.int() },
});

const channelId = z.uuid();
const after = z.string().max(100).optional();
const body = paragraphs(4000);
const id = "01932c5e-7a10-7c3f-9d2a-0123456789ab";

export const messages = service(
  "messages",
  { version: 1, summary: "What people say in channels" },
  {
    post: command({
      summary: "Post a message to a channel",
      description: "By a member of the channel.",
      http: { route: "POST /channels/{channelId}/messages", status: 201, location: "/messages/{id}" },
      input: { channelId, body },
      output: Message,
      access: "user",
      limit: "600 per minute",
      failures: [ChannelNotFound, NotAMember, ChannelIsArchived],
      emits: [MessagePosted],
      example: { channelId: id, body: "Good morning" },
    }),
    postMany: command({
      summary: "Post several messages to a channel",
      description: "By a member of the channel. All of them, or none.",
      http: { route: "POST /channels/{channelId}/messages/batch", status: 201 },
      input: { channelId, bodies: z.array(body).min(1).max(100) },
      output: z.object({ ids: z.array(z.uuid()) }),
      access: "user",
      limit: "600 per minute",
      failures: [ChannelNotFound, NotAMember, ChannelIsArchived],
      emits: [MessagePosted],
      example: { channelId: id, bodies: ["Good morning", "Anybody here?"] },
    }),
    get: query({
      summary: "Read one message",
      description: "By a member of its channel.",
      http: "GET /messages/{id}",
      input: { id: z.uuid() },
      output: Message,
      access: "user",
      cache: "60s",
      failures: [MessageNotFound, NotAMember],
      example: { id },
    }),
    list: query({
      summary: "List the messages of a channel, newest first",
      description: "By a member of the channel.",
      http: "GET /channels/{channelId}/messages",
      input: { channelId, ...pageInput },
      output: pageOf(Message),
      access: "user",
      cache: "60s",
      failures: [ChannelNotFound, NotAMember],
      example: { channelId: id, limit: 20 },
    }),
    search: query({
      summary: "Search the messages of one's channels, the best match first",
      description:
        'In the channels that one is a member of, or in one of them. All words are wanted, whatever their case and accents; "quotes" keep words together, a minus excludes, `or` stands between alternatives. A query without a word to find, of signs or exclusions alone, finds nothing. Of very many matches the newest 1,000 are ranked: name a channel, an author or a time for others.',
      http: "GET /messages/search",
      input: {
        q: line(200),
        channelId: channelId.optional(),
        authorId: z.uuid().optional(),
        /** Posted at this moment or later. */
        from: timestamp().optional(),
        /** Posted before this moment. */
        to: timestamp().optional(),
        ...pageInput,
      },
      output: pageOf(SearchHit),
      access: "user",
      limit: "120 per minute",
      failures: [ChannelNotFound, NotAMember],
      example: { q: '"good morning" or hello -goodbye', limit: 20 },
    }),
    edit: command({
      summary: "Change what a message says",
      description: "By its author, while he is a member of the channel and the channel is not archived.",
      http: "PATCH /messages/{id}",
      input: { id: z.uuid(), version: z.int().min(1), body },
      output: Message,
      access: "user",
      versioned: true,
      failures: [MessageNotFound, NotAMember, NotTheAuthor, ChannelIsArchived],
      emits: [MessageEdited],
      example: { id, version: 1, body: "Good evening" },
    }),
    remove: command({
      summary: "Remove a message",
      description: "By its author while he is a member of the channel, or by anybody with the role moderator or admin.",
      http: "DELETE /messages/{id}",
      input: { id: z.uuid() },
      access: "user",
      failures: [MessageNotFound, NotAMember, NotTheAuthor],
      emits: [MessageRemoved],
      example: { id },
    }),
    watch: serverStream({
      summary: "Watch the messages of a channel live",
      description:
        "By a member of the channel, until he leaves it. From now on; or, with the cursor of the last event seen, from there on, without a gap and without a repeat.",
      http: "GET /channels/{channelId}/watch",
      input: { channelId, after },
      output: MessageEvent,
      access: "user",
      failures: [ChannelNotFound, NotAMember],
      example: { channelId: id },
    }),
    converse: bidiStream({
      summary: "Post and receive messages of a channel live",
      description:
        "By a member of the channel, until he leaves it, or has ended and heard what became of the last thing he said. An item with a key is posted once, however often it is sent.",
      http: "GET /channels/{channelId}/converse",
      open: { channelId, after },
      item: { body, key: z.string().min(1).max(100).optional() },
      output: ConversationEvent,
      access: "user",
      failures: [ChannelNotFound, NotAMember],
      example: { channelId: id },
    }),
    importMany: clientStream({
      summary: "Import many messages into a channel",
      description:
        "By a member of the channel. Good lines are kept, bad ones are reported. With an idempotency key the same lines can be sent again after an interruption: what was imported is not imported again.",
      http: "POST /channels/{channelId}/import",
      open: { channelId },
      item: { body },
      output: ImportSummary,
      access: "user",
      limit: "30 per minute",
      failures: [ChannelNotFound, NotAMember, ChannelIsArchived, ImportInterrupted],
      example: { channelId: id },
    }),
    exportAll: serverStream({
      summary: "Export the messages of a channel, oldest first",
      description:
        "By a member of the channel. Every message that is there when it begins and is still there when its turn comes, once.",
      http: "GET /channels/{channelId}/export",
      input: { channelId },
      output: Message,
      access: "user",
      limit: "30 per minute",
      failures: [ChannelNotFound, NotAMember],
      example: { channelId: id },
    }),
  },
);

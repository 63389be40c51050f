// Messages, as the world sees them.

import { command, event, failure, model, query, service, timestamp, z } from "trivium/contract";
import { ChannelIsArchived, ChannelNotFound, channelStream, NotAMember } from "../channels/contract.ts";
import { pageInput, pageOf } from "../page.ts";
import { paragraphs } from "../text.ts";

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

const channelId = z.uuid();
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
  },
);

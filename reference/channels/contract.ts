// Channels and their members, as the world sees them.

import { command, event, failure, model, query, service, stream, timestamp, z } from "trivium/contract";
import { AccountNotFound } from "../accounts/contract.ts";
import { pageInput, pageOf } from "../page.ts";
import { line } from "../text.ts";

export const Channel = model("Channel", {
  id: z.uuid(),
  name: z.string(),
  topic: z.string().optional(),
  /** Invisible to all but its members. */
  private: z.boolean(),
  ownerId: z.uuid(),
  /** Since when nothing can be posted or changed any more. */
  archivedAt: timestamp().optional(),
  version: z.int(),
  createdAt: timestamp(),
  updatedAt: timestamp(),
});

export const Member = model("Member", {
  channelId: z.uuid(),
  accountId: z.uuid(),
  /** When the account joined. */
  createdAt: timestamp(),
});

const channelId = z.uuid();

export const ChannelNotFound = failure("CHANNEL_NOT_FOUND", {
  code: "NOT_FOUND",
  message: "There is no such channel",
  details: { channelId },
});
export const ChannelIsArchived = failure("CHANNEL_ARCHIVED", {
  code: "FAILED_PRECONDITION",
  message: "The channel is archived",
  details: { channelId },
});
export const NotAMember = failure("NOT_A_MEMBER", {
  code: "PERMISSION_DENIED",
  message: "Only members of the channel may do this",
  details: { channelId },
});
export const NotTheOwner = failure("NOT_THE_OWNER", {
  code: "PERMISSION_DENIED",
  message: "Only the owner of the channel may do this",
  details: { channelId },
});
export const AlreadyAMember = failure("ALREADY_A_MEMBER", {
  code: "ALREADY_EXISTS",
  message: "The account is a member of the channel already",
  details: { channelId, accountId: z.uuid() },
});
export const OwnerCannotLeave = failure("OWNER_CANNOT_LEAVE", {
  code: "FAILED_PRECONDITION",
  message: "The owner cannot leave the channel: archive it instead",
  details: { channelId },
});

/** All that happens in a channel is one sequence. */
export const channelStream = stream("channel");
export const ChannelCreated = event("channel.created", { stream: channelStream, key: (it) => it.id, data: Channel });
export const ChannelUpdated = event("channel.updated", { stream: channelStream, key: (it) => it.id, data: Channel });
export const ChannelArchived = event("channel.archived", {
  stream: channelStream,
  key: (it) => it.id,
  data: Channel,
});
export const MemberJoined = event("member.joined", { stream: channelStream, key: (it) => it.channelId, data: Member });
export const MemberLeft = event("member.left", { stream: channelStream, key: (it) => it.channelId, data: Member });

const id = "01932c5e-7a10-7c3f-9d2a-0123456789ab";
const members = "/channels/{channelId}/members";

export const channels = service(
  "channels",
  { version: 1, summary: "Where people talk" },
  {
    create: command({
      summary: "Create a channel",
      description: "Its creator owns it and is its first member.",
      http: { route: "POST /channels", status: 201, location: "/channels/{id}" },
      input: { name: line(80), topic: line(250).optional(), private: z.boolean().default(false) },
      output: Channel,
      access: "user",
      emits: [ChannelCreated, MemberJoined],
      example: { name: "general", topic: "What concerns everybody" },
    }),
    get: query({
      summary: "Read one channel",
      http: "GET /channels/{id}",
      input: { id: z.uuid() },
      output: Channel,
      access: "user",
      cache: "60s",
      failures: [ChannelNotFound],
      example: { id },
    }),
    list: query({
      summary: "List the channels that one may see, newest first",
      description: "Public channels, and private ones of which one is a member; archived ones too.",
      http: "GET /channels",
      input: pageInput,
      output: pageOf(Channel),
      access: "user",
      cache: "60s",
      example: { limit: 20 },
    }),
    update: command({
      summary: "Change a channel's name or topic",
      description: "By its owner. A field left out stays as it is; null clears the topic.",
      http: "PATCH /channels/{id}",
      input: { id: z.uuid(), version: z.int().min(1), name: line(80).optional(), topic: line(250).nullish() },
      output: Channel,
      access: "user",
      versioned: true,
      failures: [ChannelNotFound, NotTheOwner, ChannelIsArchived],
      emits: [ChannelUpdated],
      example: { id, version: 1, topic: null },
    }),
    archive: command({
      summary: "Archive a channel",
      description:
        "By its owner, for good: it stays readable, but nothing can be posted or changed and nobody can join.",
      http: "POST /channels/{id}/archive",
      input: { id: z.uuid() },
      output: Channel,
      access: "user",
      failures: [ChannelNotFound, NotTheOwner, ChannelIsArchived],
      emits: [ChannelArchived],
      example: { id },
    }),
    join: command({
      summary: "Join a channel, or bring somebody in",
      description: "Without an account: oneself, into a public channel. The owner may bring in any account.",
      http: { route: `POST ${members}`, status: 201 },
      input: { channelId, accountId: z.uuid().optional() },
      output: Member,
      access: "user",
      failures: [ChannelNotFound, ChannelIsArchived, NotTheOwner, AccountNotFound, AlreadyAMember],
      emits: [MemberJoined],
      example: { channelId: id },
    }),
    leave: command({
      summary: "Leave a channel",
      http: `DELETE ${members}/me`,
      input: { channelId },
      access: "user",
      failures: [ChannelNotFound, NotAMember, OwnerCannotLeave],
      emits: [MemberLeft],
      example: { channelId: id },
    }),
    listMembers: query({
      summary: "List a channel's members, newest first",
      http: `GET ${members}`,
      input: { channelId, ...pageInput },
      output: pageOf(Member),
      access: "user",
      failures: [ChannelNotFound],
      example: { channelId: id, limit: 20 },
    }),
  },
);

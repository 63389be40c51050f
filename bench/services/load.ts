// The calls that are measured. Each worker has users of its own, so that nobody edits a version that is not the last.

import { repeat } from "../load.ts";
import { Connection } from "./connection.ts";
import { amounts, idOf } from "./fill.ts";

/** The calls, in the order of the table. */
export const callKinds = ["read", "list", "post", "edit"] as const;

/** What is called. */
export type CallKind = (typeof callKinds)[number];

/** A server as the load sees it. */
export interface Target {
  readonly port: number;
  /** Of each user, by his number. */
  readonly tokens: readonly string[];
  /** Of the message that each user edits, by his number. */
  readonly versions: number[];
}

const statuses: Readonly<Record<CallKind, number>> = { read: 200, list: 200, post: 201, edit: 200 };
const text = "Another message of the length that people write when they have something to say.";

/** How much is called. */
export interface Amount {
  readonly calls: number;
  /** Calls at the same time. A server that has many at once writes several to a socket together, and each costs less. */
  readonly inFlight: number;
}

/** Makes calls of a kind; answers how long each one took, in milliseconds. Throws on any other answer. */
export async function load(target: Target, kind: CallKind, { calls, inFlight }: Amount): Promise<Float64Array> {
  const connections = await Promise.all(Array.from({ length: inFlight }, () => Connection.open(target.port)));
  const users = connections.map((_, worker) => worker);
  const times = new Float64Array(calls);
  let done = 0;
  const call = async (worker: number): Promise<void> => {
    const user = users[worker] ?? 0;
    users[worker] = user + inFlight < amounts.users ? user + inFlight : worker;
    const request = requestOf(target, kind, user);
    const begun = performance.now();
    const answer = await connections[worker]?.exchange(request);
    times[done++] = performance.now() - begun;
    if (answer?.status !== statuses[kind]) throw new Error(`${kind}: ${answer?.status} ${answer?.body}`);
    if (kind === "edit") target.versions[user] = (target.versions[user] ?? 0) + 1;
  };
  await repeat(calls, call, inFlight);
  for (const connection of connections) connection.close();
  return times;
}

function requestOf({ tokens, versions }: Target, kind: CallKind, user: number): string {
  const head = `Host: 127.0.0.1\r\nAuthorization: Bearer ${tokens[user]}\r\n`;
  const channel = `/v1/channels/${idOf("channel", user % amounts.channels)}/messages`;
  switch (kind) {
    case "read":
      return `GET /v1/messages/${idOf("message", user)} HTTP/1.1\r\n${head}\r\n`;
    case "list":
      return `GET ${channel}?limit=20 HTTP/1.1\r\n${head}\r\n`;
    case "post":
      return `POST ${channel} HTTP/1.1\r\n${head}${json({ body: text })}`;
    case "edit": // another one than is read, so that what is read stays cached
      return `PATCH /v1/messages/${idOf("message", amounts.users + user)} HTTP/1.1\r\n${head}${json({
        body: text,
        version: versions[user],
      })}`;
  }
}

function json(value: object): string {
  const body = JSON.stringify(value);
  return `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

// Kills the service in the middle of posting, again and again, and looks at what is there afterwards.

import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { allMessages, ask, createChannel, signUp } from "./chat-client.ts";
import { type ChatPlace, startChat } from "./chat-server.ts";

const writers = 8;

/** How often to kill: 10 times, or what TRIVIUM_CRASHES says. */
export const crashes = Number(process.env.TRIVIUM_CRASHES ?? 10);

/** What was acknowledged over all rounds. */
export interface CrashRecord {
  readonly channelId: string;
  readonly acknowledged: ReadonlySet<string>;
  /** What is there in the end. */
  readonly kept: readonly string[];
}

/**
 * Rounds of start, post by several writers, SIGKILL at a random moment. After the last round the service runs once more:
 * every acknowledged message must be there, and the statistics must become exact and stay so.
 */
export async function crashAndRecover(place: ChatPlace, rounds: number): Promise<CrashRecord> {
  const acknowledged = new Set<string>();
  let user: { token: string } | undefined;
  let channelId = "";
  for (let round = 0; round < rounds; round++) {
    const server = await startChat(place);
    user ??= await signUp(server.http, "crash");
    channelId ||= await createChannel(server.http, user.token, "crash");
    const { token } = user;
    const posting = Array.from({ length: writers }, () => post(server.http, token, channelId, acknowledged));
    await delay(20 + Math.random() * 400);
    await server.kill();
    await Promise.all(posting);
  }
  assert.ok(user !== undefined);
  return { channelId, acknowledged, kept: await verify(place, user.token, channelId, acknowledged) };
}

/** Posts until the service is gone. */
async function post(http: string, token: string, channelId: string, acknowledged: Set<string>): Promise<void> {
  for (let index = 0; ; index++) {
    try {
      const reply = await ask<{ id: string }>(`${http}/v1/channels/${channelId}/messages`, {
        token,
        body: { body: `message ${index}` },
      });
      if (reply.status === 201) acknowledged.add(reply.body.id);
    } catch {
      return;
    }
  }
}

async function verify(
  place: ChatPlace,
  token: string,
  channelId: string,
  acknowledged: ReadonlySet<string>,
): Promise<string[]> {
  const server = await startChat(place);
  try {
    const kept = await allMessages(server.http, token, channelId);
    const present = new Set(kept);
    assert.equal(present.size, kept.length, "no message comes twice");
    const lost = [...acknowledged].filter((id) => !present.has(id));
    assert.deepEqual(lost, [], "acknowledged messages that are lost");
    await untilExact(server.http, token, channelId, kept.length);
    await delay(1_500);
    assert.equal(await counted(server.http, token, channelId), kept.length, "the statistics stay exact");
    return kept;
  } finally {
    assert.equal(await server.stop(), 0, server.output());
  }
}

/** Waits until the statistics of a channel count all of its messages; fails if they ever count more. */
export async function untilExact(http: string, token: string, channelId: string, expected: number): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const count = await counted(http, token, channelId);
    if (count === expected) return;
    assert.ok(count < expected, `${count} messages counted, ${expected} are there: an event was applied twice`);
    assert.ok(Date.now() < deadline, `${count} messages counted after 30 s, ${expected} are there`);
    await delay(50);
  }
}

async function counted(http: string, token: string, channelId: string): Promise<number> {
  const reply = await ask<{ messages: number }>(`${http}/v1/statistics/channels/${channelId}/activity`, { token });
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  return reply.body.messages;
}

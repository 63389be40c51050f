// The reference service with a little in it, and the proof that bad input has changed nothing.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after } from "node:test";
import { allMessages, ask, createChannel, signUp } from "../kit/chat-client.ts";
import { type ChatPlace, type ChatServer, freshPlace, startChat } from "../kit/chat-server.ts";

/** A running service with one user, one channel and two messages. */
export interface FilledChat {
  readonly place: ChatPlace;
  readonly server: ChatServer;
  readonly token: string;
  readonly userId: string;
  readonly channelId: string;
  readonly messageId: string;
  /**
   * Fails unless the same process still answers a good call on every port, everything in it is as it was at first, and
   * it printed no error, no stray rejection and no crash.
   */
  assertUnharmed(): Promise<void>;
}

/** Starts it for a test file; it is stopped, and must stop well, after the last test. */
export async function startFilledChat(): Promise<FilledChat> {
  const place = await freshPlace();
  const server = await startChat(place, {
    AUTH_SECRET: randomBytes(32).toString("base64"),
    MAX_EVENT_LOOP_DELAY: "1m",
  });
  after(async () => {
    const code = await server.stop();
    await place.remove();
    assert.equal(code, 0, server.output());
  });
  const { token, id } = await signUp(server.http, "bad");
  const channelId = await createChannel(server.http, token, "bad input");
  const post = (body: string) =>
    ask<{ id: string }>(`${server.http}/v1/channels/${channelId}/messages`, { token, body: { body } });
  const messageId = (await post("one")).body.id;
  await post("two");
  const state = async (): Promise<unknown> => {
    const read = async (path: string): Promise<unknown> => (await ask(`${server.http}/v1${path}`, { token })).body;
    return [
      await read("/me"),
      await read(`/channels/${channelId}`),
      await read(`/messages/${messageId}`),
      await allMessages(server.http, token, channelId),
    ];
  };
  const first = await state();
  return {
    ...{ place, server, token, userId: id, channelId, messageId },
    async assertUnharmed() {
      process.kill(server.pid, 0); // throws where there is no such process any more
      assert.deepEqual(await state(), first);
      assert.equal((await fetch(`${server.admin}/readyz`)).status, 200);
      assert.doesNotMatch(server.output(), /"level":"(?:error|warn)"|nobody handled|[Uu]nhandled|^\s+at /m);
    },
  };
}

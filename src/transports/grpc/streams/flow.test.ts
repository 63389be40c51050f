import assert from "node:assert/strict";
import test from "node:test";
import { setImmediate as tick, setTimeout as wait } from "node:timers/promises";
import { framed, itemBytes, rawSum } from "./raw-stream.fixture.ts";
import { openStreams, reasonOf, until } from "./streams.fixture.ts";

test("an item is read only when the handler asks for it: the client meets flow control", async () => {
  const asked: (() => void)[] = [];
  let read = 0;
  await using opened = await openStreams({
    handlers: {
      async sum(call) {
        for await (const _ of call.items ?? []) {
          read++;
          await new Promise<void>((resolve) => asked.push(resolve));
        }
        return { sum: read, bad: [] };
      },
    },
  });
  const { session, stream, trailers } = rawSum(opened);
  const item = framed(itemBytes({ n: 1, text: "x".repeat(10_000) }));
  for (let n = 0; n < 500; n++) stream.write(item);
  stream.end();
  await until(() => asked.length === 1);
  let sent = -1;
  while (session.socket.bytesWritten !== sent) {
    sent = session.socket.bytesWritten;
    await wait(100);
  }
  assert.equal(read, 1);
  assert.ok(sent < 250_000, `${sent} of 5,000,000 bytes left a client of which one item is read`);
  while (read < 500) {
    asked.shift()?.();
    await tick();
  }
  asked.shift()?.();
  assert.equal((await trailers)["grpc-status"], "0");
  session.close();
});

test("answers wait for a client that does not read, and go on when it does", async () => {
  let sent = 0;
  const text = "x".repeat(10_000);
  await using opened = await openStreams({
    handlers: {
      async count(call) {
        for (let n = 0; n < 2000; n++) {
          await call.send?.({ n, text });
          sent++;
        }
        return { n: 0 };
      },
    },
  });
  const talk = opened.talk("count").send({ to: 1 }).close();
  talk.pause();
  let before = -1;
  while (sent !== before || sent === 0) {
    before = sent;
    await wait(100);
  }
  assert.ok(sent < 1500, `${sent} of 2000 answers were sent to a client that reads none`);
  talk.resume();
  assert.equal(await reasonOf(talk), "OK");
  assert.equal(talk.answers.length, 2000);
});

test("a client that leaves its answers unread for too long is given up", async () => {
  const text = "x".repeat(10_000);
  await using opened = await openStreams(
    {
      handlers: {
        async count(call) {
          for (let n = 0; ; n++) await call.send?.({ n, text });
        },
      },
    },
    { patience: 200 },
  );
  const talk = opened.talk("count").send({ to: 1 }).close();
  talk.pause();
  await until(() => opened.ended.length === 1);
  assert.equal(opened.ended[0]?.error?.reason, "SLOW_CONSUMER");
  talk.resume();
  const error = await talk.ended;
  assert.deepEqual([error?.code, error?.reason], ["RESOURCE_EXHAUSTED", "SLOW_CONSUMER"]);
});

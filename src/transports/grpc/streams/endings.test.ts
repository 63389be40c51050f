import assert from "node:assert/strict";
import test from "node:test";
import { appError } from "../../../core/catalogue.ts";
import type { Call } from "../../../pipeline/call.ts";
import { rawSum } from "./raw-stream.fixture.ts";
import { item, kinds, openings, openStreams, reasonOf, until, watching } from "./streams.fixture.ts";

const failing = (when: (call: Call) => Promise<unknown>) => async (call: Call) => {
  await when(call);
  throw appError("ACCESS_DENIED", { details: { n: "1" } });
};

test("a handler's error before the first answer, amid, and after the client has ended keeps its reason and details", async () => {
  const before = failing(async () => undefined);
  const amid = failing(async (call) => call.send?.({ n: 1 }));
  const after = failing(async (call) => {
    for await (const each of call.items ?? []) await call.send?.(each);
  });
  for (const [handler, answers] of [
    [before, 0],
    [amid, 1],
    [after, 2],
  ] as const) {
    await using opened = await openStreams({ handlers: { echo: handler, count: handler, sum: handler } });
    const echo = opened.talk("echo", { "x-request-id": "r-1" }).send({ open: { room: "a" } }, item(1), item(2));
    const error = await echo.close().ended;
    assert.deepEqual(
      [error?.code, error?.reason, error?.details, error?.cause, echo.answers.length],
      ["PERMISSION_DENIED", "ACCESS_DENIED", { n: "1" }, "r-1", answers],
    );
    const sum = opened.talk("sum").send({ open: {} }, item(1)).close();
    assert.equal(await reasonOf(opened.talk("count").send({ to: 1 }).close()), "ACCESS_DENIED");
    if (handler !== amid) assert.equal(await reasonOf(sum), "ACCESS_DENIED");
  }
});

for (const kind of kinds) {
  test(`${kind}: the client's cancel reaches the handler's signal and items`, async () => {
    const { seen, handlers } = watching();
    await using opened = await openStreams({ handlers });
    const talk = opened.talk(kind).send(openings[kind]);
    if (kind === "count") talk.close();
    await talk.metadata;
    talk.cancel();
    const expected = kind === "count" ? ["CANCELLED"] : ["CANCELLED", "items CANCELLED"];
    await until(() => seen.length === expected.length && opened.ended.length === 1);
    assert.deepEqual(seen, expected);
    assert.equal(opened.ended[0]?.error?.reason, "CANCELLED");
  });

  test(`${kind}: the deadline reaches the handler's signal, and the client`, async () => {
    const { seen, handlers } = watching();
    await using opened = await openStreams({ handlers });
    const talk = opened.talk(kind, {}, { deadline: Date.now() + 300 }).send(openings[kind]);
    if (kind === "count") talk.close();
    assert.equal(await reasonOf(talk), "DEADLINE_EXCEEDED");
    await until(() => opened.ended.length === 1);
    assert.equal(opened.ended[0]?.error?.reason, "DEADLINE_EXCEEDED");
    assert.ok(seen.includes("DEADLINE_EXCEEDED") || seen.includes("items DEADLINE_EXCEEDED"), seen.join());
  });

  test(`${kind}: a client that is gone ends the call`, async () => {
    const { seen, handlers } = watching();
    await using opened = await openStreams({ handlers });
    const talk = opened.talk(kind).send(openings[kind]);
    if (kind === "count") talk.close();
    await talk.metadata;
    opened.client.close();
    opened.client.getChannel().close();
    talk.cancel();
    await until(() => opened.ended.length === 1);
    assert.ok(seen.includes("CANCELLED"));
  });

  test(`${kind}: a server that stops ends it with UNAVAILABLE, and then its connection`, async () => {
    const { handlers } = watching();
    await using opened = await openStreams({ handlers });
    const talk = opened.talk(kind).send(openings[kind]);
    if (kind === "count") talk.close();
    await talk.metadata;
    opened.pipeline.endStreams(appError("SHUTTING_DOWN"));
    const error = await talk.ended;
    assert.deepEqual([error?.code, error?.reason], ["UNAVAILABLE", "SHUTTING_DOWN"]);
    await opened.server.close(5000);
  });
}

test("a client stream's handler may still answer when the server stops", async () => {
  await using opened = await openStreams({
    handlers: {
      async sum(call) {
        let sum = 0;
        try {
          for await (const each of call.items ?? []) sum += (each as { n: number }).n;
        } catch {
          return { sum, bad: ["stopped"] };
        }
        return { sum, bad: [] };
      },
    },
  });
  const talk = opened.talk("sum").send({ open: {} }, item(1), item(2));
  await until(() => opened.messages.length === 2);
  opened.pipeline.endStreams(appError("SHUTTING_DOWN"));
  assert.equal(await reasonOf(talk), "OK");
  assert.deepEqual(talk.answers, [{ sum: 3, bad: ["stopped"] }]);
});

test("a handler that answers without reading all is no error for a client that still sends", async () => {
  await using opened = await openStreams({ handlers: { sum: async () => ({ sum: 7, bad: [] }) } });
  const talk = opened.talk("sum").send({ open: {} });
  const text = "x".repeat(1000);
  for (let n = 0; n < 1000; n++) talk.send({ item: { n, text } });
  assert.equal(await reasonOf(talk), "OK");
  assert.deepEqual(talk.answers, [{ sum: 7, bad: [] }]);
});

test("a client that breaks off is never taken for one that has ended", async () => {
  let ended = 0;
  let begun = 0;
  const broken: string[] = [];
  await using opened = await openStreams({
    handlers: {
      async sum(call) {
        begun++;
        try {
          for await (const _ of call.items ?? []);
          ended++;
        } catch (error) {
          broken.push((error as { reason: string }).reason);
        }
        return { sum: 0, bad: [] };
      },
    },
  });
  const rounds = 200;
  for (let round = 1; round <= rounds; round++) {
    const talk = opened.talk("sum").send({ open: {} }, item(1), item(2));
    await until(() => begun === round && opened.messages.length >= round);
    talk.cancel();
    await talk.ended;
  }
  await until(() => broken.length + ended === rounds);
  assert.deepEqual([ended, new Set(broken)], [0, new Set(["CANCELLED"])]);
});

for (const how of ["cut", "closed in order"] as const)
  test(`a connection that is ${how} amid a client stream is no end of it`, async () => {
    const { seen, handlers } = watching();
    await using opened = await openStreams({ handlers });
    const { session, stream } = rawSum(opened);
    await new Promise((resolve) => stream.once("response", resolve));
    if (how === "cut") session.socket.destroy();
    else session.destroy();
    await until(() => opened.ended.length === 1 && seen.length === 2);
    assert.deepEqual(seen, ["CANCELLED", "items CANCELLED"]);
  });

test("a client stream that ends amid a message is refused", async () => {
  await using opened = await openStreams();
  const { session, stream, trailers } = rawSum(opened);
  stream.end(Buffer.from([0, 0, 0, 0, 9, 0x12]));
  const { "grpc-status": status, "grpc-message": message } = await trailers;
  assert.deepEqual([status, message], ["3", "The%20stream%20ended%20amid%20a%20message"]);
  session.close();
});

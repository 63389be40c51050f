import assert from "node:assert/strict";
import { connect } from "node:http2";
import test from "node:test";
import { setImmediate as tick, setTimeout as wait } from "node:timers/promises";
import { createRegistry } from "../../../contract/registry.ts";
import { service } from "../../../contract/service.ts";
import { appError } from "../../../core/catalogue.ts";
import type { Call } from "../../../pipeline/call.ts";
import { testAuthenticator } from "../../../pipeline/pipeline.fixture.ts";
import { createCodecs } from "../codec.ts";
import { createGrpcSchema } from "../schema/schema.ts";
import { type Opened, openStreams, operations } from "./streams.fixture.ts";

const item = (n: number) => ({ item: { n } });

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!holds()) {
    assert.ok(Date.now() < deadline, `not in time: ${holds}`);
    await tick();
  }
}

async function reasonOf(talk: ReturnType<Opened["talk"]>): Promise<string> {
  return (await talk.ended)?.reason ?? "OK";
}

test("a server stream answers every message in order, and ends", async () => {
  await using opened = await openStreams();
  const talk = opened.talk("count").send({ to: 1000 }).close();
  assert.equal(await reasonOf(talk), "OK");
  assert.deepEqual(
    talk.answers.map(({ n }) => n),
    Array.from({ length: 1000 }, (_, index) => index + 1),
  );
  assert.deepEqual(opened.ended, [{ operation: "things.count", error: undefined }]);
});

test("a client stream takes what it opens with and every item, and answers once", async () => {
  await using opened = await openStreams();
  const talk = opened.talk("sum").send({ open: { from: 5 } });
  for (let n = 1; n <= 1000; n++) talk.send(item(n));
  assert.equal(await reasonOf(talk.close()), "OK");
  assert.deepEqual(talk.answers, [{ sum: 500_505, bad: [] }]);
});

test("a bidi stream answers while the client still sends, and after it has ended", async () => {
  await using opened = await openStreams();
  const talk = opened.talk("echo").send({ open: { room: "a" } }, item(1));
  assert.deepEqual(await talk.answer(), { n: 1 });
  const second = talk.answer();
  talk.send(item(2));
  assert.deepEqual(await second, { n: 2 });
  assert.equal(await reasonOf(talk.send(item(3)).close()), "OK");
  assert.deepEqual(
    talk.answers.map(({ n }) => n),
    [1, 2, 3],
  );
});

test("the initial metadata with the request's id comes as soon as nothing refuses the stream any more", async () => {
  await using opened = await openStreams({
    handlers: { count: ({ signal }) => new Promise((_, reject) => (signal.onabort = () => reject(signal.reason))) },
  });
  const talk = opened.talk("count", { "x-request-id": "call-7" }).send({ to: 1 }).close();
  assert.deepEqual((await talk.metadata).get("x-request-id"), ["call-7"]);
  talk.cancel();
  assert.equal(await reasonOf(talk), "CANCELLED");
});

for (const [first, messages] of [
  ["nothing", []],
  ["an item", [item(1)]],
  ["an empty message", [{}]],
] as const)
  for (const operation of ["sum", "echo"] as const)
    test(`${operation}: ${first} in the place of the opening message is refused`, async () => {
      await using opened = await openStreams();
      const error = await opened
        .talk(operation)
        .send(...messages)
        .close().ended;
      assert.deepEqual(
        [error?.code, error?.reason, error?.message],
        ["INVALID_ARGUMENT", "MALFORMED_MESSAGE", "The first message of the stream must be `open`"],
      );
    });

test("what a stream opens with is checked by the contract before the handler runs", async () => {
  await using opened = await openStreams({ handlers: { echo: () => assert.fail("not reached") } });
  const error = await opened.talk("echo").send({ open: {} }).ended;
  assert.deepEqual([error?.reason, error?.violations?.map(({ path }) => path)], ["VALIDATION_FAILED", ["room"]]);
});

test("a bad credential is refused before the first message has come", async () => {
  await using opened = await openStreams();
  for (const operation of ["sum", "echo"] as const) {
    const error = await opened.talk(operation, { authorization: "Bearer bad", "x-request-id": "r" }).ended;
    assert.deepEqual([error?.code, error?.reason, error?.cause], ["UNAUTHENTICATED", "CREDENTIAL_INVALID", "r"]);
  }
});

test("slow authentication loses no message", async () => {
  const known = Promise.withResolvers<void>();
  await using opened = await openStreams({
    authenticator: {
      async authenticate(credential) {
        await known.promise;
        return testAuthenticator.authenticate(credential);
      },
    },
  });
  const sum = opened.talk("sum", { authorization: "Bearer ann" }).send({ open: {} });
  for (let n = 1; n <= 100; n++) sum.send(item(n));
  sum.close();
  const echo = opened.talk("echo", { authorization: "Bearer ann" }).send({ open: { room: "a" } }, item(1), item(2));
  echo.close();
  await wait(50);
  known.resolve();
  assert.deepEqual([await reasonOf(sum), await reasonOf(echo)], ["OK", "OK"]);
  assert.deepEqual(sum.answers, [{ sum: 5050, bad: [] }]);
  assert.deepEqual(
    echo.answers.map(({ n }) => n),
    [1, 2],
  );
});

test("a message that cannot be read, a second opening and a wrong item stand in their places; the stream goes on", async () => {
  await using opened = await openStreams();
  const talk = opened
    .talk("sum")
    .send({ open: {} }, item(1), Buffer.from([0x12, 0x7f, 1]), { open: {} }, { item: { n: 2_000_000 } }, {}, item(2));
  assert.equal(await reasonOf(talk.close()), "OK");
  const [{ sum, bad } = {}] = talk.answers as { sum: number; bad: string[] }[];
  assert.equal(sum, 3);
  assert.deepEqual(bad, [
    "1 MALFORMED_MESSAGE: The message is not a valid encoding of the request type",
    "2 MALFORMED_MESSAGE: The stream is open already: each message after the first must be an `item`",
    "3 VALIDATION_FAILED: The input breaks the rules of this operation",
    "4 MALFORMED_MESSAGE: The message is empty: it must be an `item`",
  ]);
});

test("of a message with both members of the oneof the last counts, as protobuf has it", async () => {
  await using opened = await openStreams();
  const open = Buffer.from([0x0a, 0x00]);
  const one = Buffer.from([0x12, 0x02, 0x08, 0x01]);
  const talk = opened
    .talk("sum")
    .send(Buffer.concat([one, open]), Buffer.concat([open, one]), Buffer.concat([one, open]));
  assert.equal(await reasonOf(talk.close()), "OK");
  const [{ sum, bad } = {}] = talk.answers as { sum: number; bad: string[] }[];
  assert.deepEqual([sum, bad?.length], [1, 1]);
});

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

/** Handlers that note how their signal and their items ended. */
function watching() {
  const seen: string[] = [];
  const handler = async (call: Call) => {
    call.signal.addEventListener("abort", () => seen.push((call.signal.reason as { reason: string }).reason));
    try {
      for await (const _ of call.items ?? []);
      await new Promise(() => undefined);
    } catch (error) {
      seen.push(`items ${(error as { reason: string }).reason}`);
      throw error;
    }
  };
  return { seen, handlers: { echo: handler, sum: handler, count: handler } };
}

const openings = { echo: { open: { room: "a" } }, sum: { open: {} }, count: { to: 1 } } as const;
const kinds = ["count", "sum", "echo"] as const;

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

test("a message over the limit ends the stream with its reason, in the answer and in telemetry", async () => {
  await using opened = await openStreams({}, { maxMessageBytes: 1000 });
  const large = "x".repeat(2000);
  for (const messages of [[{ open: { room: "a" } }, { item: { n: 1, text: large } }], [{ open: { room: large } }]])
    assert.equal(
      await reasonOf(
        opened
          .talk("echo")
          .send(...messages)
          .close(),
      ),
      "BODY_TOO_LARGE",
    );
  await until(() => opened.ended.length === 2);
  assert.deepEqual(
    opened.ended.map(({ error }) => error?.reason),
    ["BODY_TOO_LARGE", "BODY_TOO_LARGE"],
  );
});

test("a server stream takes exactly one message", async () => {
  await using opened = await openStreams();
  for (const messages of [[], [{ to: 1 }, { to: 2 }]]) {
    const error = await opened
      .talk("count")
      .send(...messages)
      .close().ended;
    assert.deepEqual([error?.code, error?.reason], ["UNIMPLEMENTED", "MALFORMED_MESSAGE"]);
  }
});

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

/** An item as it stands on the wire. */
function itemBytes(value: unknown): Buffer {
  const registry = createRegistry("bench", [service("things", { version: 1 }, operations)]);
  const sum = createGrpcSchema(registry).methods.find(({ operation }) => operation.name === "sum");
  assert.ok(sum !== undefined);
  return createCodecs()(sum.method.input).encode({ item: value });
}

/** A client stream that is opened frame by frame. */
function rawSum({ address }: Opened) {
  const session = connect(`http://${address}`);
  session.on("error", () => undefined);
  const stream = session.request({
    ...{ ":method": "POST", ":path": "/bench.things.v1.ThingsService/Sum" },
    ...{ "content-type": "application/grpc", te: "trailers" },
  });
  stream.on("error", () => undefined);
  stream.resume();
  stream.write(framed(Buffer.from([0x0a, 0x00]))); // an empty `open`
  const trailers = new Promise<Record<string, unknown>>((resolve) => stream.once("trailers", resolve));
  return { session, stream, trailers };
}

function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

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

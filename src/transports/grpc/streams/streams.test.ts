import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { testAuthenticator } from "../../../pipeline/pipeline.fixture.ts";
import { item, openStreams, reasonOf, until } from "./streams.fixture.ts";

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

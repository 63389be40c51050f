import assert from "node:assert/strict";
import test from "node:test";
import { setImmediate as tick } from "node:timers/promises";
import { z } from "zod";
import { bidiStream } from "../contract/kinds/bidi-stream.ts";
import { clientStream } from "../contract/kinds/client-stream.ts";
import { command } from "../contract/kinds/command.ts";
import { serverStream } from "../contract/kinds/server-stream.ts";
import { AppError } from "../core/app-error.ts";
import { appError } from "../core/catalogue.ts";
import type { Call, CallRequest } from "./call.ts";
import { type BenchOptions, createBench } from "./pipeline.fixture.ts";
import type { Authenticator } from "./ports.ts";

const operations = {
  count: serverStream({
    summary: "Count",
    http: "GET /count",
    input: { to: z.int() },
    output: z.object({ n: z.int() }),
    access: "user",
  }),
  sum: clientStream({
    summary: "Sum",
    http: "POST /sum",
    open: { from: z.int().default(0) },
    item: { n: z.int() },
    output: z.object({ sum: z.int(), bad: z.array(z.int()) }),
    access: "public",
  }),
  echo: bidiStream({
    summary: "Echo",
    http: "GET /echo",
    item: { n: z.int() },
    output: z.object({ n: z.int() }),
    access: "public",
  }),
  add: command({
    summary: "Add",
    http: "POST /add",
    input: { n: z.int() },
    output: z.object({ n: z.int() }),
    access: "user",
  }),
};

const as = (userId: string): Partial<CallRequest> => ({ credential: { kind: "bearer", token: userId } });

/** Items as a road gives them, noting what was pulled, and whether it was left. */
function source(values: readonly unknown[], hang = false) {
  const seen = { pulled: 0, left: false };
  const items: AsyncIterator<unknown> = {
    next: async () => {
      if (seen.pulled < values.length) return { done: false, value: values[seen.pulled++] };
      if (hang) await new Promise(() => undefined);
      return { done: true, value: undefined };
    },
    return: async () => {
      seen.left = true;
      return { done: true, value: undefined };
    },
  };
  return { items, seen };
}

async function sum(call: Call) {
  let total = (call.input as { from: number }).from;
  const bad: number[] = [];
  for await (const item of call.items?.settled() ?? []) {
    if (item.ok) total += (item.value as { n: number }).n;
    else bad.push(item.index);
  }
  return { sum: total, bad };
}

function bench(options: Partial<BenchOptions> = {}) {
  return createBench(operations, { handlers: {}, ...options });
}

test("a server stream's answers are sent one after the other, each when the one before was taken", async () => {
  const sent: unknown[] = [];
  let waiting: (() => void) | undefined;
  const { call, ended, messages } = bench({
    handlers: {
      async count(call) {
        for (const n of [1, 2]) await call.send?.({ n });
        return { n: 0 };
      },
    },
  });
  const running = call(
    "count",
    { to: 2 },
    {
      ...as("ann"),
      send(answer) {
        sent.push(answer);
        return new Promise<void>((resolve) => {
          waiting = resolve;
        });
      },
    },
  );
  await tick();
  assert.deepEqual(sent, [{ n: 1 }]);
  waiting?.();
  await tick();
  assert.deepEqual(sent, [{ n: 1 }, { n: 2 }]);
  assert.equal(ended.length, 0, "one application of the chain lasts as long as the stream");
  waiting?.();
  assert.ok((await running).ok);
  assert.equal(ended.length, 1);
  assert.deepEqual(messages, ["count sent", "count sent"]);
});

test("a stream is refused before anything is sent: credential, input", async () => {
  const { call } = bench({ handlers: { count: () => assert.fail("not reached") } });
  const send = () => assert.fail("nothing is sent");
  const reasons = await Promise.all([
    call("count", { to: 1 }, { send }),
    call("count", { to: 1 }, { send, ...as("bad") }),
    call("count", { to: "x" }, { send, ...as("ann") }),
  ]);
  assert.deepEqual(
    reasons.map((outcome) => (outcome.ok ? "ok" : outcome.error.reason)),
    ["CREDENTIAL_MISSING", "CREDENTIAL_INVALID", "VALIDATION_FAILED"],
  );
});

test("what a stream opens with may come later; a bad credential does not wait for it", async () => {
  const { call } = bench({ handlers: { sum } });
  const opened = Promise.resolve({ from: 5 });
  const outcome = await call("sum", opened, { items: source([{ n: 1 }]).items });
  assert.ok(outcome.ok);
  assert.deepEqual(outcome.value, { sum: 6, bad: [] });
  const never = new Promise(() => undefined);
  const refused = await call("sum", never, { ...as("bad"), items: source([]).items });
  assert.equal(refused.ok ? "ok" : refused.error.reason, "CREDENTIAL_INVALID");
});

test("items are checked one by one: wrong ones are told with their place, or end the reading with it", async () => {
  const values = [{ n: 1 }, { n: "x" }, appError("MALFORMED_BODY"), { n: 2, m: 3 }, { n: 4 }];
  const tolerant = bench({ handlers: { sum } });
  const outcome = await tolerant.call("sum", {}, { items: source(values).items });
  assert.deepEqual(outcome.ok && outcome.value, { sum: 5, bad: [1, 2, 3] });
  assert.deepEqual(tolerant.messages, ["sum received", "sum received"]);

  const strict = bench({
    handlers: {
      async echo(call) {
        for await (const item of call.items ?? []) await call.send?.(item);
        return { n: 0 };
      },
    },
  });
  const { items, seen } = source(values);
  const sent: unknown[] = [];
  const refused = await strict.call("echo", {}, { items, send: (answer) => void sent.push(answer) });
  assert.ok(!refused.ok);
  assert.deepEqual(
    refused.error.violations?.map(({ path }) => path),
    ["items[1].n"],
  );
  assert.deepEqual(sent, [{ n: 1 }]);
  assert.deepEqual(seen, { pulled: 2, left: true }, "nothing is read that nobody asked for");
});

test("iterating again goes on after an item that was wrong; who leaves an iteration has come to the end", async () => {
  const { items, seen } = source([{ n: 1 }, { n: "x" }, { n: 2 }, { n: 3 }, { n: 4 }]);
  const got: unknown[] = [];
  const { call } = bench({
    handlers: {
      async sum(call) {
        const read = async (most: number) => {
          for await (const item of call.items ?? []) if (got.push(item) === most) break;
        };
        await assert.rejects(read(5), /Input/i);
        await read(3);
        assert.equal(seen.left, true);
        await read(5);
        return { sum: 0, bad: [] };
      },
    },
  });
  const outcome = await call("sum", {}, { items });
  assert.ok(outcome.ok, outcome.ok ? "" : String(outcome.error));
  assert.deepEqual(got, [{ n: 1 }, { n: 2 }, { n: 3 }]);
});

test("slow authentication loses no item", async () => {
  const { call } = bench({ handlers: { sum } });
  const outcome = await call("sum", {}, { ...as("slow:ann"), items: source([{ n: 1 }, { n: 2 }]).items });
  assert.deepEqual(outcome.ok && outcome.value, { sum: 3, bad: [] });
});

test("cancel, deadline and the end of the process reach a handler that waits for items, and the road is left", async () => {
  for (const how of ["CANCELLED", "DEADLINE_EXCEEDED", "SHUTTING_DOWN"] as const) {
    const heard: string[] = [];
    const { pipeline, call } = bench({
      handlers: {
        async echo(call) {
          try {
            for await (const item of call.items ?? []) await call.send?.(item);
          } catch (error) {
            heard.push(error instanceof AppError ? error.reason : String(error));
            throw error;
          }
          return { n: 0 };
        },
      },
    });
    const gone = new AbortController();
    const { items, seen } = source([{ n: 1 }], true);
    const timeout = how === "DEADLINE_EXCEEDED" ? 30 : undefined;
    const running = call("echo", {}, { items, timeout, signal: gone.signal, send: () => undefined });
    await tick();
    if (how === "CANCELLED") gone.abort();
    if (how === "SHUTTING_DOWN") pipeline.endStreams(appError("SHUTTING_DOWN"));
    const outcome = await running;
    await tick();
    assert.equal(outcome.ok ? "ok" : outcome.error.reason, how);
    assert.deepEqual(heard, [how]);
    assert.ok(seen.left);
  }
});

test("an item that comes when the call has ended is given to nobody", async () => {
  const asked = Promise.withResolvers<IteratorResult<unknown>>();
  const items: AsyncIterator<unknown> = { next: () => asked.promise };
  let got: unknown;
  const { call, messages } = bench({
    handlers: {
      async sum(call) {
        // As a handler does that has given up on what it still reads.
        void call.items?.[Symbol.asyncIterator]()
          .next()
          .then((result) => {
            got = result;
          });
        await tick();
        return { sum: 0, bad: [] };
      },
    },
  });
  assert.ok((await call("sum", {}, { items })).ok);
  await tick();
  assert.deepEqual(got, { done: true, value: undefined });
  asked.resolve({ done: false, value: { n: 1 } });
  await tick();
  assert.deepEqual(messages, []);
});

test("what a stream opens with may fail though nobody waits for it any more", async () => {
  const { call } = bench({ handlers: { sum } });
  const opening = Promise.withResolvers<unknown>();
  const refused = await call("sum", opening.promise, { ...as("bad"), items: source([]).items });
  assert.equal(refused.ok ? "ok" : refused.error.reason, "CREDENTIAL_INVALID");
  opening.reject(new Error("the client is gone"));
  // An unhandled rejection would fail the test.
  await tick();
  await tick();
});

test("a credential is not asked about again while the answer to the last question is due", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  let asked = 0;
  const authenticator: Authenticator = {
    authenticate() {
      return ++asked === 1 ? { id: "ann", roles: [], scopes: [] } : new Promise(() => undefined);
    },
  };
  const gone = new AbortController();
  const { call } = bench({ authenticator, handlers: { count: () => new Promise(() => undefined) } });
  const running = call("count", { to: 1 }, { ...as("ann"), send: () => undefined, signal: gone.signal });
  await tick();
  for (let n = 0; n < 5; n++) {
    t.mock.timers.tick(2_500);
    await tick();
  }
  assert.equal(asked, 2);
  gone.abort();
  await running;
});

test("the handler of a client stream may answer what it has when the process ends", async () => {
  const { pipeline, call } = bench({
    handlers: {
      async sum(call) {
        let total = 0;
        try {
          for await (const item of call.items ?? []) total += (item as { n: number }).n;
        } catch (error) {
          assert.ok(error instanceof AppError && error.reason === "SHUTTING_DOWN");
        }
        return { sum: total, bad: [] };
      },
    },
  });
  const running = call("sum", {}, { items: source([{ n: 1 }, { n: 2 }], true).items });
  await tick();
  await tick();
  pipeline.endStreams(appError("SHUTTING_DOWN"));
  const outcome = await running;
  assert.deepEqual(outcome.ok && outcome.value, { sum: 3, bad: [] });
});

test("a stream ends within five seconds after its credential was taken away", { timeout: 10_000 }, async () => {
  let revoked = false;
  const authenticator: Authenticator = {
    authenticate() {
      if (revoked) throw appError("CREDENTIAL_EXPIRED");
      return { id: "ann", roles: [], scopes: [] };
    },
  };
  const { call } = bench({
    authenticator,
    handlers: { count: (call) => new Promise((_, reject) => call.signal.addEventListener("abort", reject)) },
  });
  const running = call("count", { to: 1 }, { ...as("ann"), send: () => undefined });
  await tick();
  revoked = true;
  const since = performance.now();
  const outcome = await running;
  assert.equal(outcome.ok ? "ok" : outcome.error.reason, "CREDENTIAL_EXPIRED");
  assert.ok(performance.now() - since < 5000);
});

test("a call from a stream's handler asks for the credential and the limit again, and has a deadline of its own", async () => {
  let [asked, charged] = [0, 0];
  const guard = {
    charge() {
      if (++charged > 2) throw appError("RATE_LIMITED");
    },
    questions: () => [],
    judge: () => undefined,
    withoutStore: () => undefined,
  };
  const { pipeline, call, operation } = bench({
    authenticator: {
      authenticate() {
        asked++;
        return { id: "ann", roles: [], scopes: [] };
      },
    },
    limits: {
      guardOf: ({ name }, at) => (name === "add" && at === "arrival" ? guard : undefined),
      failedCredentials: guard,
    },
    handlers: {
      async count(call) {
        const add = (n: number) => pipeline.fromStream(call, { operation: operation("add"), input: { n } });
        assert.equal(call.deadline, Number.POSITIVE_INFINITY);
        await call.send?.(await add(1));
        await call.send?.(await add(2));
        await add(3);
        return { n: 0 };
      },
      async add(call) {
        assert.ok(call.deadline < Date.now() + 6000);
        assert.deepEqual([call.user?.id, call.depth], ["ann", 1]);
        return call.input;
      },
    },
  });
  const sent: unknown[] = [];
  const outcome = await call("count", { to: 3 }, { ...as("ann"), send: (answer) => void sent.push(answer) });
  assert.equal(outcome.ok ? "ok" : outcome.error.reason, "RATE_LIMITED");
  assert.deepEqual(sent, [{ n: 1 }, { n: 2 }]);
  assert.equal(asked, 4);
});

test("a user's hook hears each message, and may refuse it", async () => {
  const heard: string[] = [];
  const { call } = bench({
    handlers: { sum },
    middleware: [
      {
        after: "authorize",
        use: (_call, next) => next(),
        onMessage(_call, { direction, value }) {
          heard.push(`${direction} ${(value as { n: number }).n}`);
          if ((value as { n: number }).n === 2) throw appError("ACCESS_DENIED");
        },
      },
    ],
  });
  const outcome = await call("sum", {}, { items: source([{ n: 1 }, { n: 2 }, { n: 3 }]).items });
  assert.deepEqual(outcome.ok && outcome.value, { sum: 4, bad: [1] });
  assert.deepEqual(heard, ["received 1", "received 2", "received 3"]);
});

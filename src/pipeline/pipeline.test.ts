import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { command } from "../contract/kinds/command.ts";
import { query } from "../contract/kinds/query.ts";
import { AppError } from "../core/app-error.ts";
import { appError } from "../core/catalogue.ts";
import type { Call, Middleware, Outcome } from "./call.ts";
import { createBench } from "./pipeline.fixture.ts";

const open = query({
  summary: "Echo",
  http: "GET /echo",
  input: { text: z.string().trim().default("nothing") },
  output: z.object({ text: z.string() }),
  access: "public",
});
const closed = command({ summary: "Close", http: "POST /close", access: "user" });
const ruled = command({ summary: "Rule", http: "POST /rule", access: [{ role: "admin" }, { scope: "rule" }] });
const credential = (token: string) => ({ credential: { kind: "bearer" as const, token } });

function reasonOf(outcome: Outcome): string {
  return outcome.ok ? "ok" : outcome.error.reason;
}

test("a call gets its parsed input, and answers only what the contract names", async () => {
  const bench = createBench(
    { open },
    { handlers: { open: async (call) => ({ ...(call.input as object), secret: "s3cret" }) } },
  );
  const outcome = await bench.call("open", { text: "  hi " });
  assert.deepEqual(outcome.ok && outcome.value, { text: "hi" });
  assert.deepEqual(bench.ended, [{ operation: "things.open", error: undefined }]);
});

test("a valid request id is kept, any other is replaced", async () => {
  const bench = createBench({ open }, { handlers: { open: async () => ({ text: "" }) } });
  assert.equal((await bench.call("open", {}, { requestId: "abc-1" })).requestId, "abc-1");
  for (const requestId of ["", "a b", "é", "x".repeat(129), "a\nb"]) {
    assert.match((await bench.call("open", {}, { requestId })).requestId, /^[0-9a-f-]{36}$/);
  }
});

test("an answer that breaks the contract is INTERNAL and does not leave", async () => {
  const bench = createBench({ open }, { handlers: { open: async () => ({ text: 1 }) } });
  const outcome = await bench.call("open");
  assert.equal(reasonOf(outcome), "INTERNAL");
});

test("whatever is thrown becomes one application error, and its text stays inside", async () => {
  const thrown = [new Error("planted s3cret"), "planted s3cret", undefined, null, { code: "planted s3cret" }];
  for (const value of thrown) {
    const bench = createBench({ open }, { handlers: { open: async () => Promise.reject(value) } });
    const outcome = await bench.call("open");
    assert.ok(!outcome.ok);
    assert.equal(outcome.error.reason, "INTERNAL");
    assert.ok(!outcome.error.message.includes("s3cret"));
    assert.equal(outcome.error.cause, value);
    assert.equal(bench.ended[0]?.error, outcome.error);
  }
});

test("a bad credential is refused even where everybody may call", async () => {
  const bench = createBench({ open }, { handlers: {} });
  assert.equal(reasonOf(await bench.call("open", {}, credential("bad"))), "CREDENTIAL_INVALID");
});

test("access: nobody, the wrong user and the right one", async () => {
  const bench = createBench({ closed, ruled }, { handlers: {} });
  assert.equal(reasonOf(await bench.call("closed")), "CREDENTIAL_MISSING");
  assert.equal(reasonOf(await bench.call("closed", {}, credential("ann"))), "ok");
  assert.equal(reasonOf(await bench.call("closed", {}, credential("slow:ann"))), "ok");
  assert.equal(reasonOf(await bench.call("ruled", {}, credential("ann"))), "ACCESS_DENIED");
  assert.equal(reasonOf(await bench.call("ruled", {}, credential("admin"))), "ok");
});

test("validation comes before authorization and lists every violation at once, sorted", async () => {
  const write = command({
    summary: "Write",
    http: "POST /w",
    input: { id: z.uuid(), n: z.int(), list: z.array(z.object({ name: z.string().min(2) })) },
    access: "user",
  });
  const bench = createBench({ write }, { handlers: {} });
  const outcome = await bench.call(
    "write",
    {
      n: "1",
      list: [{ name: "x" }, { name: "\ud800" }],
      more: 1,
      __proto__x: 2,
    },
    credential("ann"),
  );
  assert.ok(!outcome.ok);
  assert.deepEqual(
    outcome.error.violations?.map(({ path, rule }) => [path, rule]),
    [
      ["__proto__x", "unknown_field"],
      ["id", "required"],
      ["list[0].name", "too_short"],
      ["list[1].name", "invalid_text"],
      ["more", "unknown_field"],
      ["n", "wrong_type"],
    ],
  );
});

test("a field called __proto__ is refused as any unknown one and pollutes nothing", async () => {
  const bench = createBench({ open }, { handlers: {} });
  const outcome = await bench.call("open", JSON.parse('{"__proto__": {"polluted": 1}}'));
  assert.equal(reasonOf(outcome), "VALIDATION_FAILED");
  assert.equal(({} as { polluted?: number }).polluted, undefined);
});

test("input nested deeper than the limit is refused, however deep", async () => {
  const free = query({ summary: "Any", http: "GET /any", input: { any: z.json() }, access: "public" });
  const bench = createBench({ free }, { handlers: {} });
  const deep = JSON.parse(`${"[".repeat(9_000)}${"]".repeat(9_000)}`);
  assert.equal(reasonOf(await bench.call("free", { any: deep })), "VALIDATION_FAILED");
});

test("uuids become lower case, text NFC, before the handler sees them", async () => {
  const read = query({
    summary: "Read",
    http: "GET /r",
    input: { id: z.uuid(), text: z.string() },
    output: z.object({ id: z.string(), text: z.string() }),
    access: "public",
  });
  const bench = createBench({ read }, { handlers: { read: async (call) => call.input } });
  const outcome = await bench.call("read", { id: "0199AAAA-0000-7000-8000-00000000000F", text: "e\u0301" });
  assert.deepEqual(outcome.ok && outcome.value, { id: "0199aaaa-0000-7000-8000-00000000000f", text: "\u00e9" });
});

test("a versioned write without a version is VERSION_REQUIRED", async () => {
  const edit = command({
    summary: "Edit",
    http: "PATCH /e",
    input: { version: z.int() },
    access: "public",
    versioned: true,
  });
  const bench = createBench({ edit }, { handlers: {} });
  assert.equal(reasonOf(await bench.call("edit", {})), "VERSION_REQUIRED");
  assert.equal(reasonOf(await bench.call("edit", { version: 3 })), "ok");
});

test("a deadline ends a call whose handler waits for nothing that could end, and aborts its signal", async () => {
  let signal: AbortSignal | undefined;
  const bench = createBench(
    { open },
    {
      handlers: {
        open: (call) => {
          signal = call.signal;
          return new Promise(() => undefined);
        },
      },
    },
  );
  const outcome = await bench.call("open", {}, { timeout: 20 });
  assert.equal(reasonOf(outcome), "DEADLINE_EXCEEDED");
  assert.equal(signal?.aborted, true);
  assert.equal(bench.ended.length, 1);
});

test("a client that goes away cancels the call; from the commit on it does not", async () => {
  const gone = new AbortController();
  const started = Promise.withResolvers<Call>();
  const finish = Promise.withResolvers<undefined>();
  const bench = createBench(
    { closed },
    {
      handlers: {
        closed: async (call) => {
          started.resolve(call);
          await finish.promise;
        },
      },
    },
  );
  const first = bench.call("closed", {}, { ...credential("ann"), signal: AbortSignal.abort() });
  assert.equal(reasonOf(await first), "CANCELLED");
  const second = bench.call("closed", {}, { ...credential("ann"), signal: gone.signal });
  (await started.promise).beginCommit();
  gone.abort();
  finish.resolve(undefined);
  assert.equal(reasonOf(await second), "ok");
});

test("beginCommit refuses a call that was cancelled", async () => {
  const started = Promise.withResolvers<Call>();
  const bench = createBench(
    { closed },
    {
      handlers: {
        closed: (call) => {
          started.resolve(call);
          return new Promise(() => undefined);
        },
      },
    },
  );
  const outcome = bench.call("closed", {}, { ...credential("ann"), timeout: 10 });
  const call = await started.promise;
  await outcome;
  assert.throws(() => call.beginCommit(), { reason: "DEADLINE_EXCEEDED" });
});

test("stopping ends every running call with a true error", async () => {
  const bench = createBench({ open }, { handlers: { open: () => new Promise(() => undefined) } });
  const calls = [bench.call("open"), bench.call("open")];
  await new Promise((resolve) => setImmediate(resolve));
  bench.pipeline.cancelAll(appError("SHUTTING_DOWN"));
  assert.deepEqual((await Promise.all(calls)).map(reasonOf), ["SHUTTING_DOWN", "SHUTTING_DOWN"]);
});

test("load is shed before any work, with the time after which to retry, and room is given back", async () => {
  let inside = 0;
  const admission = { enter: () => (inside >= 1 ? 2 : void inside++), leave: () => void inside-- };
  const release = Promise.withResolvers<undefined>();
  const bench = createBench(
    { open },
    {
      admission,
      handlers: {
        open: async () => {
          await release.promise;
          return { text: "" };
        },
      },
    },
  );
  const first = bench.call("open");
  const second = await bench.call("open", {}, credential("bad"));
  assert.ok(!second.ok);
  assert.deepEqual([second.error.reason, second.error.retryAfter], ["OVERLOADED", 2]);
  release.resolve(undefined);
  assert.equal(reasonOf(await first), "ok");
  assert.equal(inside, 0);
});

test("middleware stands at its place, and may refuse", async () => {
  const seen: string[] = [];
  const note =
    (place: string): Middleware =>
    async (call, next) => {
      seen.push(`${place} ${call.user?.id}`);
      return next();
    };
  const bench = createBench(
    { closed },
    {
      handlers: { closed: async () => void seen.push("handler") },
      middleware: [
        { after: "errors", use: note("errors") },
        { after: "authenticate", use: note("authenticate") },
        {
          after: "authorize",
          use: async (call, next) => {
            if (call.user?.id === "eve")
              throw new AppError({ code: "PERMISSION_DENIED", reason: "NO_EVE", message: "Not you" });
            return next();
          },
        },
      ],
    },
  );
  assert.equal(reasonOf(await bench.call("closed", {}, credential("ann"))), "ok");
  assert.equal(reasonOf(await bench.call("closed", {}, credential("eve"))), "NO_EVE");
  assert.deepEqual(seen, ["errors undefined", "authenticate ann", "handler", "errors undefined", "authenticate eve"]);
});

test("calling next twice is an error, and the handler runs once", async () => {
  let runs = 0;
  const twice: Middleware = async (_call, next) => {
    await next();
    return next();
  };
  const bench = createBench(
    { open },
    {
      handlers: { open: async () => ({ text: String(++runs) }) },
      middleware: [{ after: "validate", use: twice }],
    },
  );
  assert.equal(reasonOf(await bench.call("open")), "INTERNAL");
  assert.equal(runs, 1);
});

test("a nested call passes validate and authorize as the same user, and its depth is bounded", async () => {
  const bench = createBench(
    { closed, ruled, open },
    {
      handlers: {
        closed: (call) => bench.pipeline.nested(call, bench.operation("ruled"), {}),
        ruled: async () => undefined,
        open: (call) => bench.pipeline.nested(call, bench.operation("open"), {}),
      },
    },
  );
  assert.equal(reasonOf(await bench.call("closed", {}, credential("ann"))), "ACCESS_DENIED");
  assert.equal(reasonOf(await bench.call("closed", {}, credential("admin"))), "ok");
  assert.equal(reasonOf(await bench.call("open")), "CALL_TOO_DEEP");
});

test("the operation's own rule runs after the contract's access", async () => {
  const bench = createBench(
    { closed },
    {
      handlers: {},
      authorize: async (call) => {
        if (call.user?.id !== "ann") throw appError("ACCESS_DENIED");
      },
    },
  );
  assert.equal(reasonOf(await bench.call("closed")), "CREDENTIAL_MISSING");
  assert.equal(reasonOf(await bench.call("closed", {}, credential("bob"))), "ACCESS_DENIED");
  assert.equal(reasonOf(await bench.call("closed", {}, credential("ann"))), "ok");
});

test("what a road could not read is refused where any other broken input is: after authentication, with telemetry", async () => {
  const bench = createBench({ closed }, { handlers: {} });
  const broken = appError("MALFORMED_BODY");
  assert.equal(reasonOf(await bench.call("closed", broken)), "CREDENTIAL_MISSING");
  assert.equal(reasonOf(await bench.call("closed", broken, credential("bad"))), "CREDENTIAL_INVALID");
  assert.equal(reasonOf(await bench.call("closed", broken, credential("ann"))), "MALFORMED_BODY");
  assert.equal(bench.ended.length, 3);
});

import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { z } from "zod";
import { command } from "../../contract/kinds/command.ts";
import { query } from "../../contract/kinds/query.ts";
import { createRegistry } from "../../contract/registry.ts";
import { service } from "../../contract/service.ts";
import type { CallRequest, Outcome } from "../../pipeline/call.ts";
import { createHttpCaller } from "./http-caller.ts";

const registry = createRegistry("bench", [
  service(
    "things",
    { version: 1 },
    {
      list: query({
        summary: "List",
        http: "GET /of/{owner}/things",
        input: { owner: z.string(), tag: z.array(z.string()).optional(), limit: z.int().optional() },
        output: z.object({ a: z.int().optional() }),
        access: "public",
      }),
      make: command({
        summary: "Make",
        http: "POST /of/{owner}/things",
        input: { owner: z.string(), name: z.string() },
        access: "public",
      }),
    },
  ),
]);

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

async function answering(t: TestContext, answer: RequestListener): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }; // a TCP server's address
}

function call(
  url: string,
  name: string,
  input: unknown,
  extra: Partial<CallRequest> = {},
  localSecret?: string,
): Promise<Outcome> {
  const operation = registry.operations.find((each) => each.name === name);
  assert.ok(operation !== undefined);
  return createHttpCaller({ url, localSecret }).run({ operation, road: "cli", input, ...extra });
}

test("path, query string, headers: each field goes where the route says", async (t) => {
  const { url, seen } = await answering(t, (_, response) =>
    response.setHeader("x-request-id", "theirs").end('{"a":1}'),
  );
  const outcome = await call(
    `${url}/`,
    "list",
    { owner: "a/b ü", tag: ["x", "y&z"], limit: 2 },
    {
      credential: { kind: "bearer", token: "t0ken" },
      requestId: "mine",
      timeout: 1500,
      traceparent: "00-1-2-01",
    },
  );
  assert.deepEqual(outcome, { ok: true, requestId: "theirs", value: { a: 1 } });
  assert.equal(seen[0]?.url, "/v1/of/a%2Fb%20%C3%BC/things?tag=x&tag=y%26z&limit=2");
  assert.equal(seen[0]?.headers.authorization, "Bearer t0ken");
  assert.equal(seen[0]?.headers["x-request-id"], "mine");
  assert.equal(seen[0]?.headers["request-timeout"], "1.5");
  assert.equal(seen[0]?.headers.traceparent, "00-1-2-01");
});

test("a command's fields go into the body, and a local credential by its own headers", async (t) => {
  const { url, seen } = await answering(t, (_, response) => response.writeHead(204).end());
  const outcome = await call(
    url,
    "make",
    { owner: "me", name: "n" },
    { credential: { kind: "local", userId: "ann" } },
    "s3cret",
  );
  assert.ok(outcome.ok && outcome.value === undefined);
  assert.deepEqual([seen[0]?.method, seen[0]?.url, seen[0]?.body], ["POST", "/v1/of/me/things", '{"name":"n"}']);
  assert.deepEqual([seen[0]?.headers["x-trivium-local"], seen[0]?.headers["x-trivium-as"]], ["s3cret", "ann"]);
});

test("a problem object becomes the error that was thrown; a proxy's page the code of its status", async (t) => {
  const problem = { code: "NOT_FOUND", reason: "NO_THING", detail: "None", details: { id: 1 } };
  const ours = await answering(t, (_, response) =>
    response.writeHead(404, { "content-type": "application/problem+json" }).end(JSON.stringify(problem)),
  );
  const first = await call(ours.url, "list", { owner: "x" });
  assert.ok(!first.ok);
  assert.deepEqual([first.error.code, first.error.reason, first.error.details], ["NOT_FOUND", "NO_THING", { id: 1 }]);
  const proxy = await answering(t, (_, response) =>
    response.writeHead(503, { "retry-after": "7" }).end("<html>busy</html>"),
  );
  const second = await call(proxy.url, "list", { owner: "x" });
  assert.ok(!second.ok);
  assert.deepEqual([second.error.code, second.error.reason, second.error.retryAfter], ["UNAVAILABLE", "HTTP_503", 7]);
});

test("input that a path or a query string cannot carry is refused here, with the server's own violations", async (t) => {
  const { url, seen } = await answering(t, (_, response) => response.end());
  const outcome = await call(url, "list", { limit: "2", tag: [{}] });
  assert.ok(!outcome.ok);
  assert.deepEqual(
    outcome.error.violations?.map(({ path, rule }) => `${path} ${rule}`),
    ["limit wrong_type", "owner required", "tag[0] wrong_type"],
  );
  assert.equal(seen.length, 0);
});

test("a text that a URL would take for a step up the path is refused, not sent to another route", async (t) => {
  const { url, seen } = await answering(t, (_, response) => response.end("{}"));
  for (const owner of [".", ".."]) {
    const outcome = await call(url, "list", { owner });
    assert.ok(!outcome.ok);
    assert.deepEqual(
      outcome.error.violations?.map(({ path, rule }) => `${path} ${rule}`),
      ["owner invalid_format"],
    );
  }
  assert.equal(seen.length, 0);
});

test("what is no answer of ours is an error, also with the status of a success", async (t) => {
  for (const [status, body] of [
    [200, "<html>sign in to the network</html>"],
    [200, ""],
    [302, ""],
  ] as const) {
    const { url } = await answering(t, (_, response) => response.writeHead(status, { location: "/" }).end(body));
    const outcome = await call(url, "list", { owner: "x" });
    assert.ok(!outcome.ok);
    assert.deepEqual([outcome.error.code, outcome.error.reason], ["UNKNOWN", `HTTP_${status}`]);
  }
});

test("an answer that breaks off is not taken for one", async (t) => {
  const { url } = await answering(t, (_, response) => {
    response.writeHead(200, { "content-length": "100" }).write('{"a":');
    setImmediate(() => response.destroy());
  });
  const outcome = await call(url, "list", { owner: "x" });
  assert.ok(!outcome.ok);
  assert.equal(outcome.error.reason, "UNREACHABLE");
});

test("a credential that no header can carry is refused, and nobody acts as a user without the owner's secret", async (t) => {
  const { url, seen } = await answering(t, (_, response) => response.end("{}"));
  for (const credential of [
    { kind: "bearer", token: "a\r\nx-admin: 1" },
    { kind: "bearer", token: "ключ" },
    { kind: "local", userId: "ann" },
  ] as const) {
    const outcome = await call(url, "list", { owner: "x" }, { credential });
    assert.ok(!outcome.ok);
    assert.equal(outcome.error.reason, "CREDENTIAL_INVALID");
  }
  assert.equal(seen.length, 0);
});

test("an input nested 100,000 deep ends in an error", async (t) => {
  const { url } = await answering(t, (_, response) => response.end("{}"));
  const deep: unknown = JSON.parse(`${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`);
  for (const name of ["list", "make"]) {
    const outcome = await call(url, name, { owner: "x", name: deep });
    assert.ok(!outcome.ok);
    assert.equal(outcome.error.code, "INVALID_ARGUMENT");
  }
});

test("no server, no answer in time, and a caller who goes away are told apart", async (t) => {
  const silent = await answering(t, () => undefined);
  const reason = (outcome: Outcome) => (outcome.ok ? "ok" : outcome.error.reason);
  assert.equal(reason(await call("http://127.0.0.1:1", "list", { owner: "x" })), "UNREACHABLE");
  assert.equal(reason(await call(silent.url, "list", { owner: "x" }, { timeout: 30 })), "DEADLINE_EXCEEDED");
  const gone = new AbortController();
  setTimeout(() => gone.abort(), 20);
  assert.equal(reason(await call(silent.url, "list", { owner: "x" }, { signal: gone.signal })), "CANCELLED");
});

test("a command's idempotency key goes out in quotes, and a repeated answer is marked; a query sends none", async (t) => {
  const { url, seen } = await answering(t, (_, response) =>
    response.writeHead(204, { "idempotency-replayed": "true" }).end(),
  );
  const outcome = await call(url, "make", { owner: "me", name: "n" }, { idempotencyKey: 'a"b' });
  assert.equal(seen[0]?.headers["idempotency-key"], '"a\\"b"');
  assert.ok(outcome.ok && outcome.replayed);
  await call(url, "list", { owner: "me" }, { idempotencyKey: "k" });
  assert.equal(seen[1]?.headers["idempotency-key"], undefined);
  const refused = await call(url, "make", { owner: "me", name: "n" }, { idempotencyKey: "é" });
  assert.equal(refused.ok ? "ok" : refused.error.reason, "VALIDATION_FAILED");
  assert.equal(seen.length, 2);
});

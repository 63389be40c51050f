import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { WebSocketServer } from "ws";
import type { AppError } from "../../core/app-error.ts";
import type { CallRequest, Outcome } from "../../pipeline/call.ts";
import { runFixture } from "../../transports/cli/fixture/program.fixture.ts";
import { registry, serveThings } from "../client.fixture.ts";
import { createHttpCaller } from "./http-caller.ts";
import { linesOf } from "./ndjson.ts";

/** A server that answers every request with this text, as lines. */
async function lineServer(t: TestContext, body: string, type = "application/x-ndjson"): Promise<string> {
  const server = createServer((_, response) => response.writeHead(200, { "content-type": type }).end(body));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server's address
}

/** Runs an operation of the fixture; its answers and how it ended. */
async function run(
  url: string,
  name: string,
  more: Partial<CallRequest> = {},
): Promise<{ answers: unknown[]; outcome: Outcome }> {
  const operation = registry.operations.find((each) => each.name === name);
  assert.ok(operation !== undefined);
  const answers: unknown[] = [];
  const outcome = await createHttpCaller({ url }).run({
    ...{ operation, road: "cli", input: { to: 1 }, send: (answer) => void answers.push(answer) },
    ...more,
  });
  return { answers, outcome };
}

function errorIn(outcome: Outcome): AppError {
  assert.ok(!outcome.ok);
  return outcome.error;
}

test("a stream ends by its end mark, its error, or not at all", async (t) => {
  const whole = await run(await lineServer(t, '{"item":1}\n\n{"later":true}\n{"item":null}\n{"end":true}\n'), "count");
  assert.deepEqual([whole.answers, whole.outcome.ok], [[1, null], true]);
  const problem = JSON.stringify({ code: "NOT_FOUND", reason: "GONE", detail: "Gone", status: 404 });
  const broken = await run(await lineServer(t, `{"item":1}\n{"error":${problem}}\n`), "count");
  assert.deepEqual([broken.answers, errorIn(broken.outcome).reason], [[1], "GONE"]);
  for (const [body, reason] of [
    ['{"item":1}\n', "UNREACHABLE"],
    ['{"item":1}\n{"end":tr', "UNREACHABLE"],
    ["", "UNREACHABLE"],
    ['{"item":1}\nnonsense\n{"end":true}\n', "MALFORMED_MESSAGE"],
  ] as const)
    assert.equal(errorIn((await run(await lineServer(t, body), "count")).outcome).reason, reason);
  const page = await run(await lineServer(t, "<html>sign in</html>", "text/html"), "count");
  assert.equal(errorIn(page.outcome).reason, "HTTP_200");
});

test("lines are cut wherever the network cuts them, and one who falls silent is given up", async () => {
  const bytes = new TextEncoder().encode('{"item":"ü"}\n{"end":true}\n');
  for (let at = 1; at < bytes.length; at++) {
    const body = ReadableStream.from([bytes.subarray(0, at), bytes.subarray(at)]);
    assert.deepEqual(await Array.fromAsync(linesOf(body)), ['{"item":"ü"}', '{"end":true}']);
  }
  let left = false;
  const silent = new ReadableStream<Uint8Array>({
    cancel() {
      left = true;
    },
  });
  assert.deepEqual(await Array.fromAsync(linesOf(silent, 20)), []);
  assert.ok(left);
});

test("what a WebSocket receives waits for its reader, up to a bound", async (t) => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "trivium.v1" });
  t.after(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  server.on("connection", (socket) => {
    socket.on("error", () => undefined);
    for (let n = 0; n < 40; n++) socket.send(JSON.stringify({ item: "x".repeat(1024 * 1024) }));
  });
  const gone = Promise.withResolvers<void>();
  server.on("connection", (socket) => socket.on("close", () => gone.resolve()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // as above
  const released = Promise.withResolvers<void>();
  let count = 0;
  const running = run(url, "echo", {
    input: {},
    send() {
      count++;
      return released.promise;
    },
  });
  await gone.promise.catch(() => undefined);
  released.resolve();
  assert.equal(errorIn((await running).outcome).reason, "SLOW_CONSUMER");
  assert.ok(count < 20);
});

test("the command line has the streams of a running server", async (t) => {
  const { url } = await serveThings(t);
  const program = { registry, createCaller: () => createHttpCaller({ url }) };
  const things = (args: readonly string[], stdin = "") =>
    runFixture(program, ["things", ...args, "--token", "good"], { stdin });
  const counted = await things(["count", "--to", "2", "--json"]);
  assert.equal(counted.stdout, '{"n":1,"cursor":"1"}\n{"n":2,"cursor":"2"}\n');
  const failed = await things(["count", "--to", "3", "--fail-at", "3"]);
  assert.equal(failed.exit, 9);
  assert.match(failed.stderr, /^error: It broke \(BROKEN\)\nnote: go on where it ended with --after 2\n$/);
  const summed = await things(["sum", "--name", "a b", "--json"], '{"n":1}\n{"n":2}\n');
  assert.deepEqual(JSON.parse(summed.stdout), { name: "a b", sum: 3 });
  const wrong = await things(["sum", "--name", "x"], '{"n":1}\n\nnonsense\n');
  assert.deepEqual([wrong.exit, /line 3|not valid JSON/.test(wrong.stderr)], [2, true]);
  const echoed = await things(["echo", "--greeting", "hi"], '{"text":"a"}\n{"text":"b"}\n');
  assert.equal(echoed.stdout, '{"text":"hi"}\n{"text":"a"}\n{"text":"b"}\n');
});

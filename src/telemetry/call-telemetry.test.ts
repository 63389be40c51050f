import assert from "node:assert/strict";
import test from "node:test";
import { appError } from "../core/catalogue.ts";
import { createCallTelemetry } from "./call-telemetry.ts";
import { createLogger } from "./logs/logger.ts";
import { createMetrics } from "./metrics/metrics.ts";
import type { ObservedCall } from "./observed-call.ts";
import { createTracing } from "./traces/tracing.ts";

const operation = {
  id: "messages.post",
  name: "post",
  service: { name: "messages", version: 1 },
  contract: { kind: "command" },
  route: { method: "POST", path: "/v1/messages", status: 200 },
};

function call(over: Partial<ObservedCall> = {}): ObservedCall {
  const none = { traceparent: undefined, tracestate: undefined, address: undefined };
  return { operation, road: "http", id: "r1", user: { id: "u1" }, ...none, ...over };
}

function telemetry() {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const logger = createLogger({ level: "info", pretty: false, app: "chat", destination });
  const metrics = createMetrics({ app: "chat", process: false });
  return { lines, metrics, ...createCallTelemetry({ logger, metrics, tracing: createTracing("chat") }) };
}

test("a call leaves one line and is counted", async () => {
  const { lines, metrics, start } = telemetry();
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const observation = start(call({ traceparent }));
  assert.equal(metrics.calls.inFlight, 1);
  assert.equal(
    observation.run(() => "answer"),
    "answer",
  );
  observation.end(undefined);
  assert.equal(metrics.calls.inFlight, 0);
  const [{ time, pid, durationMs, ...line } = {}, ...more] = lines;
  assert.equal(more.length, 0);
  assert.equal(typeof durationMs, "number");
  assert.deepEqual(line, {
    level: "info",
    app: "chat",
    operation: "messages.post",
    road: "http",
    code: "OK",
    userId: "u1",
    requestId: "r1",
    traceId: "0af7651916cd43dd8448eb211c80319c",
    msg: "call",
  });
  assert.match(await metrics.page(), /trivium_calls_total\{operation="messages.post",road="http",code="OK"\} 1/);
});

test("a client's error is a line of level info with its reason, without a stack", () => {
  const { lines, start } = telemetry();
  start(call({ user: undefined })).end(appError("CREDENTIAL_INVALID", { cause: new Error("detail") }));
  assert.equal(lines[0]?.level, "info");
  assert.equal(lines[0]?.reason, "CREDENTIAL_INVALID");
  assert.equal(lines[0]?.err, undefined);
});

test("an INTERNAL error is a line of level error with causes, fingerprint and count", () => {
  const { lines, start } = telemetry();
  for (let i = 0; i < 2; i++) start(call()).end(appError("INTERNAL", { cause: new TypeError("broken") }));
  const [first, second] = lines;
  assert.equal(first?.level, "error");
  assert.match(JSON.stringify(first?.err), /"cause":\{"type":"TypeError","message":"broken"/);
  assert.match(String(first?.fingerprint), /^[0-9a-f]{12}$/);
  assert.equal(first?.fingerprint, second?.fingerprint);
  assert.equal(second?.occurrences, 2);
});

test("what is unavailable is a warning with its cause", () => {
  const { lines, start } = telemetry();
  start(call()).end(appError("DATABASE_UNAVAILABLE", { cause: new Error("refused") }));
  start(call()).end(appError("OVERLOADED"));
  assert.deepEqual(
    lines.map((line) => [line.level, line.reason, line.err === undefined]),
    [
      ["warn", "DATABASE_UNAVAILABLE", false],
      ["warn", "OVERLOADED", true],
    ],
  );
});

test("the user is the one that was known when the call ended", () => {
  const { lines, start } = telemetry();
  const anonymous: { -readonly [K in keyof ObservedCall]: ObservedCall[K] } = call({ user: undefined });
  const observation = start(anonymous);
  anonymous.user = { id: "u2" };
  observation.end(undefined);
  assert.equal(lines[0]?.userId, "u2");
});

test("an answer that was given before is marked", () => {
  const { lines, start } = telemetry();
  start(call({ replayed: true })).end(undefined);
  start(call({ replayed: false })).end(undefined);
  assert.deepEqual(
    lines.map((line) => line.replayed),
    [true, undefined],
  );
});

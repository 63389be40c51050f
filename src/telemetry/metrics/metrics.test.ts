import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { createMetrics } from "./metrics.ts";

const operation = {
  id: "messages.post",
  name: "post",
  service: { name: "messages", version: 1 },
  contract: { kind: "command" },
  route: { method: "POST", path: "/v1/messages", status: 200 },
};

test("calls are counted by operation, road and code, and timed", async () => {
  const metrics = createMetrics({ app: "chat", process: false });
  for (const code of ["OK", "OK", "NOT_FOUND"]) {
    metrics.calls.begin(operation, "http");
    metrics.calls.end(operation, "http", code, 0.004);
  }
  metrics.calls.begin(operation, "http");
  const page = await metrics.page();
  assert.match(page, /trivium_calls_total\{operation="messages.post",road="http",code="OK"\} 2/);
  assert.match(page, /trivium_calls_total\{operation="messages.post",road="http",code="NOT_FOUND"\} 1/);
  assert.match(page, /trivium_call_duration_seconds_bucket\{le="0.005",operation="messages.post",road="http"\} 3/);
  assert.match(page, /trivium_call_duration_seconds_count\{operation="messages.post",road="http"\} 3/);
  assert.match(page, /trivium_calls_in_flight 1/);
});

test("streams that are open are counted, and their messages", async () => {
  const metrics = createMetrics({ app: "chat", process: false });
  const watch = { ...operation, id: "messages.watch", contract: { kind: "serverStream" } };
  metrics.calls.begin(watch, "grpc");
  metrics.calls.begin(watch, "grpc");
  metrics.calls.message(watch, "grpc", "sent");
  metrics.calls.end(watch, "grpc", "OK", 3600);
  const page = await metrics.page();
  assert.match(page, /trivium_streams_open\{operation="messages.watch",road="grpc"\} 1/);
  assert.match(page, /trivium_stream_messages_total\{operation="messages.watch",road="grpc",direction="sent"\} 1/);
  assert.doesNotMatch(page, /trivium_streams_open\{operation="messages.post"/);
});

test("a gauge is collected when the page is read", async () => {
  const metrics = createMetrics({ app: "chat", process: false });
  let size = 1;
  metrics.gauge({ name: "trivium_pool_connections", help: "Connections", collect: () => size++ });
  metrics.gauge({
    name: "trivium_parked_keys",
    help: "Parked keys",
    labels: ["consumer"],
    collect: async () => [{ labels: { consumer: "statistics" }, value: 7 }],
  });
  assert.match(await metrics.page(), /trivium_pool_connections 1\n/);
  const page = await metrics.page();
  assert.match(page, /trivium_pool_connections 2\n/);
  assert.match(page, /trivium_parked_keys\{consumer="statistics"\} 7/);
});

test("a gauge that fails has no value on that page, is counted, and does not break the page", async () => {
  const metrics = createMetrics({ app: "chat", process: false });
  let broken = false;
  const collect = (): number => {
    if (broken) throw new Error("no database");
    return 5;
  };
  metrics.gauge({ name: "trivium_outbox_lag_rows", help: "Lag", collect });
  assert.match(await metrics.page(), /^trivium_outbox_lag_rows 5$/m);
  broken = true;
  await metrics.page();
  const page = await metrics.page();
  assert.doesNotMatch(page, /^trivium_outbox_lag_rows /m);
  assert.match(page, /trivium_scrape_failures_total\{metric="trivium_outbox_lag_rows"\} [12]/);
});

test("a gauge that hangs is left out after its time", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const metrics = createMetrics({ app: "chat", process: false });
  metrics.gauge({ name: "trivium_hanging_rows", help: "Never", collect: () => new Promise(() => {}) });
  const page = metrics.page();
  t.mock.timers.tick(2000);
  assert.doesNotMatch(await page, /^trivium_hanging_rows /m);
});

test("business counters are named after the app and must be declared", async () => {
  const metrics = createMetrics({ app: "my-chat", process: false });
  assert.equal(metrics.declareCounter("messagesPosted", "Messages posted"), "my_chat_messages_posted_total");
  metrics.declareCounter("messagesPosted", "Messages posted");
  metrics.count("messagesPosted");
  metrics.count("messagesPosted", 2);
  assert.match(await metrics.page(), /^my_chat_messages_posted_total 3$/m);
  assert.throws(() => metrics.count("unknown"), /"unknown" is not declared/);
  assert.throws(() => metrics.count("messagesPosted", -1));
});

test("refusals are counted by operation and limit", async () => {
  const metrics = createMetrics({ app: "chat", process: false });
  for (const limit of ["messages.post", "overall", "overall"]) metrics.limits.refused("messages.post", limit);
  const page = await metrics.page();
  assert.match(page, /trivium_limit_refusals_total\{operation="messages.post",limit="messages.post"\} 1/);
  assert.match(page, /trivium_limit_refusals_total\{operation="messages.post",limit="overall"\} 2/);
});

test("two apps in a process do not share metrics", async () => {
  const [one, other] = [createMetrics({ app: "a", process: false }), createMetrics({ app: "b", process: false })];
  one.calls.begin(operation, "http");
  assert.match(await other.page(), /trivium_calls_in_flight 0/);
});

const promtool = spawnSync("promtool", ["--version"]).status === 0;

test("promtool finds nothing to say", { skip: promtool ? false : "promtool is not installed" }, async () => {
  const metrics = createMetrics({ app: "chat" });
  metrics.declareCounter("messagesPosted", "Messages posted");
  metrics.gauge({ name: "trivium_outbox_lag_seconds", help: "Age of the oldest unpublished event", collect: () => 0 });
  metrics.calls.begin(operation, "http");
  metrics.calls.end(operation, "grpc", "OK", 0.1);
  const result = spawnSync("promtool", ["check", "metrics"], { input: await metrics.page(), encoding: "utf8" });
  assert.deepEqual([result.status, result.stdout, result.stderr], [0, "", ""]);
});

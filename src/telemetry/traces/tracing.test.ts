import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { appError } from "../../core/catalogue.ts";
import type { ObservedCall } from "../observed-call.ts";
import { createTracing, type ObservedStatement } from "./tracing.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";
const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

function call(over: Partial<ObservedCall> = {}): ObservedCall {
  const operation = {
    id: "messages.get",
    name: "get",
    service: { name: "messages", version: 1 },
    contract: { kind: "query" },
    route: { method: "GET", path: "/v1/messages/{id}", status: 200 },
  };
  const none = { traceparent: undefined, tracestate: undefined, address: undefined, user: undefined };
  return { operation, road: "http", id: "r1", ...none, ...over };
}

beforeEach(() => exporter.reset());
after(async () => {
  trace.disable();
  context.disable();
  await provider.shutdown();
});

test("without an SDK nothing is made, and one registered later is seen", async (t) => {
  const tracing = createTracing("chat");
  await t.test("before", async () => {
    assert.equal(tracing.active, false);
    assert.equal(tracing.startCall(call()), undefined);
    assert.equal(tracing.traceparent(), undefined);
    tracing.statement("postgresql", ended("select 1"));
  });
  provider.register();
  await t.test("after", () => assert.equal(tracing.active, true));
});

test("a call's span is the child of the caller's and has the road's conventions", () => {
  const span = createTracing("my-chat").startCall(
    call({ traceparent: `00-${traceId}-${spanId}-01`, address: "192.0.2.1", user: { id: "u1" } }),
  );
  assert.equal(span?.traceId, traceId);
  span?.end(call({ user: { id: "u1" } }), undefined);
  const [ended] = exporter.getFinishedSpans();
  assert.equal(ended?.name, "GET /v1/messages/{id}");
  assert.equal(ended?.kind, SpanKind.SERVER);
  assert.equal(ended?.parentSpanContext?.spanId, spanId);
  assert.equal(ended?.status.code, SpanStatusCode.UNSET);
  assert.deepEqual(ended?.attributes, {
    "trivium.operation": "messages.get",
    "trivium.road": "http",
    "trivium.request.id": "r1",
    "client.address": "192.0.2.1",
    "http.request.method": "GET",
    "http.route": "/v1/messages/{id}",
    "http.response.status_code": 200,
    "user.id": "u1",
  });
});

test("a gRPC call is named by its method and has its status", () => {
  const grpc = call({ road: "grpc" });
  createTracing("my-chat").startCall(grpc)?.end(grpc, appError("ROW_NOT_FOUND"));
  const [ended] = exporter.getFinishedSpans();
  assert.equal(ended?.name, "my_chat.messages.v1.MessagesService/Get");
  assert.equal(ended?.attributes["rpc.system.name"], "grpc");
  assert.equal(ended?.attributes["rpc.response.status_code"], "NOT_FOUND");
  assert.equal(ended?.attributes["trivium.reason"], "ROW_NOT_FOUND");
  assert.equal(ended?.status.code, SpanStatusCode.UNSET);
});

test("the server's own fault marks the span and leaves an event with the root cause", () => {
  const cause = new Error("query failed", { cause: new TypeError("postgres://u:planted@h/d") });
  createTracing("chat").startCall(call())?.end(call(), appError("INTERNAL", { cause }));
  const [ended] = exporter.getFinishedSpans();
  assert.equal(ended?.status.code, SpanStatusCode.ERROR);
  assert.equal(ended?.attributes["http.response.status_code"], 500);
  const [event] = ended?.events ?? [];
  assert.equal(event?.name, "exception");
  assert.equal(event?.attributes?.["exception.type"], "TypeError");
  assert.ok(!JSON.stringify(ended?.events).includes("planted"));
});

test("a statement that ran inside a call is its child, with its own times and without values", () => {
  const tracing = createTracing("chat");
  const span = tracing.startCall(call());
  let inside: string | undefined;
  span?.run(() => {
    tracing.statement("postgresql", ended("select * from messages where id = $1"));
    inside = tracing.traceparent();
  });
  span?.end(call(), undefined);
  const [sql, server] = exporter.getFinishedSpans();
  assert.equal(sql?.name, "SELECT");
  assert.equal(sql?.kind, SpanKind.CLIENT);
  assert.equal(sql?.attributes["db.query.text"], "select * from messages where id = $1");
  assert.deepEqual(sql?.duration, [0, 5_000_000]);
  assert.equal(sql?.parentSpanContext?.spanId, server?.spanContext().spanId);
  assert.equal(inside, `00-${server?.spanContext().traceId}-${server?.spanContext().spanId}-01`);
});

test("a failed statement marks its span", () => {
  const failure = Object.assign(new Error("x"), { name: "DatabaseError" });
  createTracing("chat").statement("postgresql", { ...ended("select 1"), error: failure });
  const [sql] = exporter.getFinishedSpans();
  assert.equal(sql?.status.code, SpanStatusCode.ERROR);
  assert.equal(sql?.attributes["error.type"], "DatabaseError");
});

test("a consumer's work is the child of the span whose event it is, and statements are its children", async () => {
  const tracing = createTracing("chat");
  const headers = { traceparent: `00-${traceId}-${spanId}-01` };
  const event = { id: "e1", stream: "channel", type: "message.posted", headers };
  const result = await tracing.event("statistics", event, async () => {
    tracing.statement("postgresql", ended("insert into t values ($1)"));
    return tracing.traceparent();
  });
  const [sql, consumed] = exporter.getFinishedSpans();
  assert.equal(consumed?.name, "process channel");
  assert.equal(consumed?.kind, SpanKind.CONSUMER);
  assert.equal(consumed?.spanContext().traceId, traceId);
  assert.equal(consumed?.parentSpanContext?.spanId, spanId);
  assert.equal(consumed?.attributes["messaging.consumer.group.name"], "statistics");
  assert.equal(sql?.parentSpanContext?.spanId, consumed?.spanContext().spanId);
  assert.equal(result, `00-${traceId}-${consumed?.spanContext().spanId}-01`);
  const failure = new Error("x");
  await assert.rejects(
    tracing.event("statistics", event, () => Promise.reject(failure)),
    failure,
  );
  assert.equal(exporter.getFinishedSpans()[2]?.status.code, SpanStatusCode.ERROR);
});

function ended(text: string): ObservedStatement {
  return { text, startedAt: 1_700_000_000_000, duration: 5, error: undefined };
}

import assert from "node:assert/strict";
import { once } from "node:events";
import test from "node:test";
import type { ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import { createCodecs } from "./codec.ts";
import { fixtureHealth, type Opened, openServer, unary } from "./fixture/server.fixture.ts";
import { healthCheckRequest, healthCheckResponse } from "./schema/foreign/health-types.ts";

const codecs = createCodecs();
const request = (service?: string): Buffer => codecs(healthCheckRequest).encode({ service });
const statusIn = (bytes: Buffer): unknown => codecs(healthCheckResponse).decode(bytes).status;

async function check(opened: Opened, service?: string): Promise<unknown> {
  return statusIn((await unary(opened.client, "/grpc.health.v1.Health/Check", request(service))).bytes);
}

function watch(opened: Opened, service?: string): ClientReadableStream<unknown> {
  return opened.client.makeServerStreamRequest(
    "/grpc.health.v1.Health/Watch",
    (bytes: Buffer) => bytes,
    statusIn,
    request(service),
  );
}

test("Check tells readiness, of the server and of each service by its full name", async () => {
  const health = fixtureHealth();
  await using opened = await openServer({}, { health });
  assert.equal(await check(opened), "SERVING");
  assert.equal(await check(opened, ""), "SERVING");
  assert.equal(await check(opened, "my_chat.messages.v1.MessagesService"), "SERVING");
  health.set(false);
  assert.equal(await check(opened, "my_chat.messages.v1.MessagesService"), "NOT_SERVING");
  await assert.rejects(check(opened, "nope"), { code: "NOT_FOUND" });
});

test("a readiness that cannot be told is NOT_SERVING", async () => {
  const health = { ...fixtureHealth(), report: () => Promise.reject(new Error("planted")) };
  await using opened = await openServer({}, { health });
  assert.equal(await check(opened), "NOT_SERVING");
});

test("Watch tells the status at once and each change once", async () => {
  const health = fixtureHealth();
  await using opened = await openServer({}, { health });
  const statuses: unknown[] = [];
  const call = watch(opened);
  call.on("error", () => {});
  call.on("data", (status) => statuses.push(status));
  await once(call, "data");
  health.set(true);
  health.set(false);
  await once(call, "data");
  health.set(true);
  await once(call, "data");
  assert.deepEqual(statuses, ["SERVING", "NOT_SERVING", "SERVING"]);
  call.cancel();
});

test("Watch of an unknown service says so and stays open", async () => {
  await using opened = await openServer({});
  const call = watch(opened, "nope");
  call.on("error", () => {});
  const [status] = await once(call, "data");
  assert.equal(status, "SERVICE_UNKNOWN");
  call.cancel();
});

test("closing the server ends a Watch at once, with UNAVAILABLE", async () => {
  const opened = await openServer({});
  const call = watch(opened);
  const ended = Promise.withResolvers<number>();
  call.on("error", (error: ServiceError) => ended.resolve(error.code));
  await once(call, "data");
  const begin = performance.now();
  await opened.server.close(10_000);
  assert.equal(await ended.promise, 14);
  assert.ok(performance.now() - begin < 5000);
  opened.client.close();
});

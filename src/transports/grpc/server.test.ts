import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { type AddressInfo, connect, createServer } from "node:net";
import test from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { Client, compressionAlgorithms, credentials, Metadata } from "@grpc/grpc-js";
import { z } from "zod";
import { errorFromFailure } from "../../contract/failure.ts";
import { query } from "../../contract/kinds/query.ts";
import { createRegistry } from "../../contract/registry.ts";
import { service } from "../../contract/service.ts";
import { isAppError } from "../../core/app-error.ts";
import { SetupError } from "../../core/setup-error.ts";
import type { CallRequest } from "../../pipeline/call.ts";
import { NotThere } from "./fixture/contracts.fixture.ts";
import { fixtureCaller, fixtureHealth, openServer, unary } from "./fixture/server.fixture.ts";
import { createGrpcServer } from "./server.ts";

const id = "0190a6f2-0000-7000-8000-000000000001";
const at = "2026-01-01T00:00:00.123Z";
const message = { id, channelId: id, authorId: id, body: "héllo", version: 3, createdAt: at, updatedAt: at };
const path = "/my_chat.messages.v1.MessagesService/Get";
/** A handler that keeps what it was called with. */
function recording() {
  const seen: CallRequest[] = [];
  const keep = (_input: unknown, call: CallRequest): unknown => {
    seen.push(call);
    return message;
  };
  return { seen, handlers: { "messages.get": keep } };
}

const getById = { "messages.get": () => message };
const request = Buffer.concat([Buffer.from([10, 36]), Buffer.from(id)]);

test("a call answers plain values, and the request's id in the initial metadata", async () => {
  await using opened = await openServer(getById);
  const { value, requestId } = await opened.call("messages.get", { id }, { "x-request-id": "mine" });
  assert.deepEqual(value, message);
  assert.equal(requestId, "mine");
});

test("an operation without output answers an empty message; a union its member", async () => {
  await using opened = await openServer({
    "messages.remove": () => undefined,
    "messages.latest": () => ({ kind: "message", message }),
  });
  assert.deepEqual((await opened.call("messages.remove", { id })).value, {});
  assert.deepEqual((await opened.call("messages.latest", {})).value, { kind: "message", message });
});

test("a declared failure carries code, reason, details and the request's id", async () => {
  const handlers = { "messages.get": () => Promise.reject(errorFromFailure(NotThere, { id, tries: 2 })) };
  await using opened = await openServer(handlers);
  await assert.rejects(opened.call("messages.get", { id }, { "x-request-id": "mine" }), {
    code: "NOT_FOUND",
    reason: "NOT_THERE",
    message: "There is no such message",
    details: { id, tries: "2" },
    cause: "mine",
  });
});

test("an unknown error leaves nothing of itself", async () => {
  await using opened = await openServer({ "messages.get": () => Promise.reject(new Error("planted-secret")) });
  const error = await opened.call("messages.get", { id }).catch((caught: unknown) => caught);
  assert.ok(isAppError(error));
  assert.deepEqual([error.code, error.reason], ["INTERNAL", "INTERNAL"]);
  assert.doesNotMatch(JSON.stringify(error) + error.message, /planted-secret/);
});

test("an answer that cannot be encoded is INTERNAL", async () => {
  const registry = createRegistry("app", [
    service(
      "things",
      { version: 1 },
      { get: query({ summary: "s", http: "GET /x", output: z.object({ n: z.int() }), access: "public" }) },
    ),
  ]);
  const caller = { run: async () => ({ ok: true, requestId: "r", value: { n: "not a number" } }) as const };
  await using opened = await openServer({}, { registry, caller });
  await assert.rejects(opened.call("things.get", {}), { code: "INTERNAL", reason: "INTERNAL" });
});

test("metadata becomes credential, trace, timeout and address", async () => {
  const { seen, handlers } = recording();
  await using opened = await openServer(handlers);
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await opened.call("messages.get", { id }, { authorization: "Bearer abc.def", traceparent, tracestate: "a=b" }, 3000);
  assert.deepEqual(seen[0]?.credential, { kind: "bearer", token: "abc.def" });
  assert.deepEqual([seen[0]?.road, seen[0]?.traceparent, seen[0]?.tracestate], ["grpc", traceparent, "a=b"]);
  assert.equal(seen[0]?.address, "127.0.0.1");
  assert.ok(
    seen[0]?.timeout !== undefined && seen[0].timeout > 2000 && seen[0].timeout <= 3000,
    String(seen[0]?.timeout),
  );
});

test("an authorization of another scheme is handed on to be refused as a token", async () => {
  const { seen, handlers } = recording();
  await using opened = await openServer(handlers);
  await opened.call("messages.get", { id }, { authorization: "Basic YTpi" });
  assert.deepEqual(seen[0]?.credential, { kind: "bearer", token: "Basic YTpi" });
});

test("the machine's owner acts as whom he names, by the local secret only", async () => {
  const { seen, handlers } = recording();
  await using opened = await openServer(handlers, { localSecret: "s3cret" });
  await opened.call("messages.get", { id }, { "x-trivium-local": "s3cret", "x-trivium-as": "u1" });
  assert.deepEqual([seen[0]?.credential, seen[0]?.road], [{ kind: "local", userId: "u1" }, "cli"]);
  const refused = { code: "UNAUTHENTICATED", reason: "CREDENTIAL_INVALID", cause: "mine" };
  const wrong = { "x-trivium-local": "other", "x-request-id": "mine" };
  await assert.rejects(opened.call("messages.get", { id }, wrong), refused);
  await using without = await openServer(getById);
  await assert.rejects(without.call("messages.get", { id }, wrong), refused);
});

test("a client that goes away is told to the call, once", async () => {
  const started = Promise.withResolvers<undefined>();
  const gone = Promise.withResolvers<undefined>();
  let times = 0;
  await using opened = await openServer({
    "messages.get": (_input, call) => {
      call.onGone?.(() => {
        times++;
        gone.resolve(undefined);
      });
      started.resolve(undefined);
      return new Promise(() => {});
    },
  });
  const pass = (bytes: Buffer): Buffer => bytes;
  const ended = Promise.withResolvers<number>();
  const call = opened.client.makeUnaryRequest(path, pass, pass, request, new Metadata(), (error) =>
    ended.resolve(error?.code ?? 0),
  );
  await started.promise;
  assert.equal(times, 0);
  call.cancel();
  await gone.promise;
  assert.equal(await ended.promise, 1);
  assert.equal(times, 1);
});

test("what is no message, or no text, is MALFORMED_MESSAGE", async () => {
  await using opened = await openServer(getById);
  for (const bytes of [Buffer.from([0x0a, 0xff]), Buffer.from([0x0a, 2, 0xff, 0xfe]), Buffer.from("{}")])
    await assert.rejects(unary(opened.client, path, bytes, { "x-request-id": "mine" }), {
      code: "INVALID_ARGUMENT",
      reason: "MALFORMED_MESSAGE",
      cause: "mine",
    });
});

test("an unknown method or service is OPERATION_NOT_FOUND", async () => {
  await using opened = await openServer(getById);
  for (const unknown of ["/my_chat.messages.v1.MessagesService/Nope", "/nope.Nope/Get", "/constructor"])
    await assert.rejects(unary(opened.client, unknown, request, { "x-request-id": "mine" }), {
      code: "UNIMPLEMENTED",
      reason: "OPERATION_NOT_FOUND",
      cause: "mine",
    });
});

test("a message over the limit is BODY_TOO_LARGE, also when it was small before decompression", async () => {
  await using opened = await openServer(getById, { maxMessageBytes: 1000 });
  const refused = { code: "RESOURCE_EXHAUSTED", reason: "BODY_TOO_LARGE", cause: "mine" };
  await assert.rejects(unary(opened.client, path, Buffer.alloc(2000), { "x-request-id": "mine" }), refused);
  const gzip = { "grpc.default_compression_algorithm": compressionAlgorithms.gzip };
  const client = new Client(opened.address, credentials.createInsecure(), gzip);
  assert.ok(gzipSync(Buffer.alloc(2000)).length < 1000);
  await assert.rejects(unary(client, path, Buffer.alloc(2000), { "x-request-id": "mine" }), refused);
  assert.ok((await unary(client, path, request)).bytes.length > 0);
  client.close();
});

/** Sends one HTTP/2 request as it is; answers its headers and trailers. */
async function rawCall(
  address: string,
  headers: Record<string, string>,
  body: Buffer,
): Promise<Record<string, unknown>> {
  const session = connectHttp2(`http://${address}`);
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  const received: Record<string, unknown> = {};
  stream.on("response", (got) => Object.assign(received, got));
  stream.on("trailers", (got) => Object.assign(received, got));
  stream.resume().end(body);
  await once(stream, "close");
  session.close();
  return received;
}

const framed = (bytes: Buffer, compressed = 0): Buffer => {
  const head = Buffer.from([compressed, 0, 0, 0, 0]);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
};

const reasonIn = (received: Record<string, unknown>): string =>
  /\n.([A-Z_]{4,})/.exec(Buffer.from(String(received["grpc-status-details-bin"]), "base64").toString("latin1"))?.[1] ??
  "";

test("what the library refuses by itself has a reason too", async () => {
  await using opened = await openServer(getById);
  const outcome = async (headers: Record<string, string>, body: Buffer): Promise<[unknown, string]> => {
    const received = await rawCall(opened.address, headers, body);
    return [received["grpc-status"], reasonIn(received)];
  };
  assert.deepEqual(await outcome({ "grpc-encoding": "gzip" }, framed(Buffer.from("no gzip"), 1)), [
    "3",
    "MALFORMED_MESSAGE",
  ]);
  assert.deepEqual(await outcome({ "grpc-encoding": "br" }, framed(request, 1)), ["12", "UNSUPPORTED_MEDIA_TYPE"]);
  assert.deepEqual(await outcome({ "grpc-timeout": "soon" }, framed(request)), ["3", "MALFORMED_REQUEST"]);
  assert.deepEqual(await outcome({}, Buffer.concat([framed(request), framed(request)])), ["12", "MALFORMED_MESSAGE"]);
  assert.deepEqual(await outcome({}, Buffer.alloc(0)), ["12", "MALFORMED_MESSAGE"]);
  assert.equal(gunzipSync(gzipSync(request)).length, request.length);
});

test("a call past its deadline is DEADLINE_EXCEEDED, and its client has not gone away", async () => {
  let gone = 0;
  const never = (_input: unknown, call: CallRequest): Promise<unknown> => {
    call.onGone?.(() => {
      gone++;
    });
    return new Promise(() => {});
  };
  await using opened = await openServer({ "messages.get": never });
  const received = await rawCall(opened.address, { "grpc-timeout": "50m" }, framed(request));
  assert.deepEqual([received["grpc-status"], reasonIn(received)], ["4", "DEADLINE_EXCEEDED"]);
  assert.equal(gone, 0);
});

test("broken frames, resets and other protocols do not stop the server", async () => {
  await using opened = await openServer(getById);
  const { port } = new URL(`http://${opened.address}`);
  const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
  const badHeaders = Buffer.concat([Buffer.from([0, 0, 4, 1, 4, 0, 0, 0, 1]), Buffer.from([0xff, 0xff, 0xff, 0xff])]);
  for (const bytes of [
    Buffer.concat([Buffer.from(preface), settings, badHeaders]),
    Buffer.from("GET / HTTP/1.1\r\n\r\n"),
  ]) {
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("error", () => {});
    socket.resume().end(bytes);
    await once(socket, "close");
  }
  const reset = connect(Number(port), "127.0.0.1");
  reset.write(preface);
  await once(reset, "data");
  reset.resetAndDestroy();
  assert.equal((await opened.call("messages.get", { id })).value.body, "héllo");
});

test("a busy port is a set-up problem that names GRPC_PORT", async () => {
  const busy = createServer().listen(0, "127.0.0.1");
  await once(busy, "listening");
  const { port } = busy.address() as AddressInfo; // listening on a port
  await assert.rejects(openServer(getById, { port }), (error) => {
    assert.ok(error instanceof SetupError);
    assert.match(error.message, new RegExp(`port ${port} is in use.*GRPC_PORT`));
    return true;
  });
  busy.close();
});

test("contracts without a gRPC form are refused before anything listens", () => {
  const bad = query({ summary: "s", http: "GET /x", output: z.array(z.string()), access: "public" });
  const registry = createRegistry("app", [service("things", { version: 1 }, { bad })]);
  const options = { registry, caller: fixtureCaller({}), host: "127.0.0.1", port: 0, health: fixtureHealth() };
  assert.throws(
    () => createGrpcServer(options),
    (error) => error instanceof SetupError && /things\.bad output/.test(error.message),
  );
});

test("closing lets calls in flight finish and refuses new connections", async () => {
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const opened = await openServer({
    "messages.get": async () => {
      started.resolve();
      await release.promise;
      return message;
    },
  });
  const answer = opened.call("messages.get", { id });
  await started.promise;
  const closed = opened.server.close(5000);
  const late = new Client(opened.address, credentials.createInsecure());
  await assert.rejects(unary(late, path, request, {}, 500));
  late.close();
  release.resolve();
  assert.equal((await answer).value.id, id);
  await closed;
  opened.client.close();
});

test("closing cuts what outlives the grace", async () => {
  const started = Promise.withResolvers<void>();
  const opened = await openServer({
    "messages.get": () => {
      started.resolve();
      return new Promise(() => {});
    },
  });
  const answer = assert.rejects(opened.call("messages.get", { id }, {}, 60_000), { code: "UNAVAILABLE" });
  await started.promise;
  await opened.server.close(50);
  opened.client.close();
  await answer;
});

test("an idle connection is closed after its time", async () => {
  await using opened = await openServer(getById, { connections: { maxIdle: 50 } });
  const session = connectHttp2(`http://${opened.address}`);
  await once(session, "close");
});

test("more calls at a time than one connection may have wait for their turn", async () => {
  await using opened = await openServer(getById, { connections: { maxConcurrentStreams: 2 } });
  const answers = await Promise.all(Array.from({ length: 20 }, () => opened.call("messages.get", { id })));
  assert.equal(answers.length, 20);
});

// Bad calls on the gRPC road of the running service, as HTTP/2 carries them.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Metadata, type ServiceError } from "@grpc/grpc-js";
import { errorFromStatus } from "../../src/transports/grpc/error-map.ts";
import { startFilledChat } from "./chat.ts";
import { framed, overGrpc, overHttp, overSocket, type RawCall } from "./exchange.ts";

const chat = await startFilledChat();
afterEach(() => chat.assertUnharmed());

const { grpc } = chat.server;
const get = "/chat.messages.v1.MessagesService/Get";
const post = "/chat.messages.v1.MessagesService/Post";
const authorization = `Bearer ${chat.token}`;
const mebibyte = 1024 * 1024;

/** A length-delimited field. */
function field(number: number, value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value as string); // both are what Buffer.from takes
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    bytes.push((left % 128) | (left >= 128 ? 128 : 0));
    if (left < 128) return Buffer.from(bytes);
  }
}

const channel = field(1, chat.channelId);

/** What a call is answered with: the code's number, the reason, and broken rules as `path rule`. */
type Expected = readonly [code: number, reason: string, ...violations: string[]];

async function refused(call: RawCall, expected: Expected): Promise<void> {
  const reply = await overGrpc(grpc, { ...call, headers: { authorization, "x-request-id": "mine", ...call.headers } });
  const metadata = new Metadata();
  if (reply.details.length > 0) metadata.set("grpc-status-details-bin", reply.details);
  const status = { code: reply.code, details: String(reply.headers["grpc-message"] ?? ""), metadata };
  const error = errorFromStatus(Object.assign(new Error(), status) as ServiceError);
  const found = (error.violations ?? []).map(({ path, rule }) => `${path} ${rule}`);
  assert.deepEqual([reply.code, error.reason, ...found], [...expected]);
  assert.deepEqual([reply.headers["x-request-id"], reply.body.length], ["mine", 0]);
}

const send = (message: Uint8Array, headers: Record<string, string> = {}): RawCall => ({
  path: post,
  body: framed(message),
  headers,
});

test("messages that are no encoding of the request", async () => {
  const broken = [[0x0a], [0x0a, 0xff], [0x0a, 0x05, 0x61], [0xff, 0xff, 0xff, 0xff, 0xff], [0x0c], [0x00], [0x0b]];
  for (const bytes of broken) await refused(send(Buffer.from(bytes)), [3, "MALFORMED_MESSAGE"]);
  await refused(send(Buffer.from('{"body":"x"}')), [3, "MALFORMED_MESSAGE"]);
  await refused(send(Buffer.concat([channel, field(2, Buffer.from([0xed, 0xa0, 0x80]))])), [3, "MALFORMED_MESSAGE"]);
  await refused(send(Buffer.concat([channel, field(2, Buffer.from([0xff]))])), [3, "MALFORMED_MESSAGE"]);
});

test("missing fields, and NUL in a text", async () => {
  await refused(send(Buffer.alloc(0)), [3, "VALIDATION_FAILED", "body required", "channelId required"]);
  await refused(send(channel), [3, "VALIDATION_FAILED", "body required"]);
  // By protobuf's rules a field of another wire type is not this field.
  const wrongType = Buffer.concat([channel, varint(2 * 8), varint(1)]);
  await refused(send(wrongType), [3, "VALIDATION_FAILED", "body required"]);
  await refused(send(Buffer.concat([channel, field(2, "")])), [3, "VALIDATION_FAILED", "body too_short"]);
  await refused(send(Buffer.concat([channel, field(2, "a\u0000b")])), [3, "VALIDATION_FAILED", "body invalid_text"]);
  await refused({ path: get, body: framed(field(1, "nonsense")) }, [3, "VALIDATION_FAILED", "id invalid_uuid"]);
});

test("of a field given twice the last counts, as protobuf has it; groups nested 10,000 deep are refused", async () => {
  const twice = Buffer.concat([channel, field(1, "nonsense"), field(2, "x")]);
  await refused(send(twice), [3, "VALIDATION_FAILED", "channelId invalid_uuid"]);
  const groups = Buffer.concat([Buffer.alloc(10_000, 15 * 8 + 3), Buffer.alloc(10_000, 15 * 8 + 4)]);
  await refused(send(Buffer.concat([channel, groups])), [3, "MALFORMED_MESSAGE"]);
  await refused(send(Buffer.alloc(10_000, 15 * 8 + 3)), [3, "MALFORMED_MESSAGE"]);
});

test("messages of 2 MiB: as they are, announced only, and small until they are unpacked", async () => {
  const large = Buffer.alloc(2 * mebibyte);
  await refused(send(large), [8, "BODY_TOO_LARGE"]);
  await refused({ path: post, body: framed(large).subarray(0, 1000) }, [8, "BODY_TOO_LARGE"]);
  const packed = framed(gzipSync(large), true);
  await refused({ path: post, body: packed, headers: { "grpc-encoding": "gzip" } }, [8, "BODY_TOO_LARGE"]);
});

test("frames and headers that mean nothing", async () => {
  await refused({ path: post, body: Buffer.alloc(0) }, [12, "MALFORMED_MESSAGE"]);
  await refused({ path: post, body: Buffer.concat([framed(channel), framed(channel)]) }, [12, "MALFORMED_MESSAGE"]);
  const noGzip = { path: post, body: framed(channel, true), headers: { "grpc-encoding": "gzip" } };
  await refused(noGzip, [3, "MALFORMED_MESSAGE"]);
  await refused({ ...noGzip, headers: { "grpc-encoding": "br" } }, [12, "UNSUPPORTED_MEDIA_TYPE"]);
  await refused(send(channel, { "grpc-timeout": "soon" }), [3, "MALFORMED_REQUEST"]);
  for (const credential of ["Bearer x.y.z", "Basic YTpi", ""])
    await refused(send(channel, { authorization: credential }), [16, "CREDENTIAL_INVALID"]);
});

test("unknown services and methods", async () => {
  const paths = ["/chat.messages.v1.MessagesService/Nope", "/nope.Nope/Get", "/constructor", "/__proto__", "/"];
  for (const path of paths) await refused({ path, body: framed(channel) }, [12, "OPERATION_NOT_FOUND"]);
  await refused({ path: get.toLowerCase(), body: framed(channel) }, [12, "OPERATION_NOT_FOUND"]);
});

test("requests that are no gRPC get an answer of HTTP, or their stream is closed", async () => {
  const wrongType = await overGrpc(grpc, { ...send(channel), headers: { "content-type": "application/json" } });
  assert.equal(wrongType.status, 415);
  const other = await overGrpc(grpc, { path: get, headers: { ":method": "GET" }, body: Buffer.alloc(0) });
  assert.notEqual(other.code, 0);
  await assert.rejects(overHttp(`http://${grpc}`, { path: "/" }));
});

test("a connection that sends other bytes, or nothing more amid a call, ends alone", async () => {
  await overSocket(`http://${grpc}`, "nonsense\r\n\r\n");
  await overSocket(
    `http://${grpc}`,
    Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Buffer.alloc(64, 255)]),
  );
  const { port } = new URL(`http://${grpc}`);
  const socket = connect(Number(port), "127.0.0.1");
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  await once(socket, "data");
  socket.resetAndDestroy();
});

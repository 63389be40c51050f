// A client stream on bare HTTP/2, for what no gRPC client does.

import assert from "node:assert/strict";
import { connect } from "node:http2";
import { createRegistry } from "../../../contract/registry.ts";
import { service } from "../../../contract/service.ts";
import { createCodecs } from "../codec.ts";
import { createGrpcSchema } from "../schema/schema.ts";
import { type Opened, operations } from "./streams.fixture.ts";

/** A client stream that is opened frame by frame. */
export function rawSum({ address }: Opened) {
  const session = connect(`http://${address}`);
  session.on("error", () => undefined);
  const stream = session.request({
    ...{ ":method": "POST", ":path": "/bench.things.v1.ThingsService/Sum" },
    ...{ "content-type": "application/grpc", te: "trailers" },
  });
  stream.on("error", () => undefined);
  stream.resume();
  stream.write(framed(Buffer.from([0x0a, 0x00]))); // an empty `open`
  const trailers = new Promise<Record<string, unknown>>((resolve) => stream.once("trailers", resolve));
  return { session, stream, trailers };
}

/** A message with its length before it. */
export function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** An item as it stands on the wire. */
export function itemBytes(value: unknown): Buffer {
  const registry = createRegistry("bench", [service("things", { version: 1 }, operations)]);
  const sum = createGrpcSchema(registry).methods.find(({ operation }) => operation.name === "sum");
  assert.ok(sum !== undefined);
  return createCodecs()(sum.method.input).encode({ item: value });
}

// One event of a channel as its watchers are sent it, and the method that they call.

import app from "../../../reference/app.ts";
import { servedNumbers } from "../../../src/app/contract-lock.ts";
import { createCodecs } from "../../../src/transports/grpc/codec.ts";
import { createGrpcSchema } from "../../../src/transports/grpc/schema/schema.ts";
import { sampleMessage } from "../../sample.ts";

const found = createGrpcSchema(app.registry, servedNumbers(app).numbering).methods.find(
  ({ operation }) => operation.id === "messages.watch",
);
if (found === undefined) throw new Error("messages.watch has no method");

/** The method of gRPC. */
export const watchMethod = found;

const event = { cursor: "1000", type: "posted", message: sampleMessage };

/** As a line. */
export const eventText = JSON.stringify({ item: event });

/** As a message. */
export const eventBytes = createCodecs()(found.method.output).encode(event);

/** The request that watches a channel. */
export function watchRequest(channelId: string): Buffer {
  return createCodecs()(watchMethod.method.input).encode({ channelId });
}

// grpc.testing.TestService, as the gRPC project's interoperability tests define it.

import { setTimeout as wait } from "node:timers/promises";
import { createCodecs } from "../../../src/transports/grpc/codec.ts";
import {
  bytes,
  foreignFile,
  int32,
  messageType,
  text,
} from "../../../src/transports/grpc/schema/foreign/foreign-file.ts";
import { type Exchange, type Pairs, type WireService, WireStatus } from "./wire-service.ts";

const { message } = foreignFile("grpc/testing/messages.proto", "grpc.testing");
const codecs = createCodecs();
const payload = message("Payload", { type: [1, int32], body: [2, bytes] });
const echoStatus = message("EchoStatus", { code: [1, int32], message: [2, text] });
const parameters = message("ResponseParameters", { size: [1, int32], interval_us: [2, int32] });
const simpleRequest = codecs(
  message("SimpleRequest", {
    response_size: [2, int32],
    payload: [3, messageType(payload)],
    response_status: [7, messageType(echoStatus)],
  }),
);
const streamRequest = codecs(
  message("StreamingOutputCallRequest", {
    response_parameters: [2, { repeated: messageType(parameters) }],
    payload: [3, messageType(payload)],
    response_status: [7, messageType(echoStatus)],
  }),
);
const withPayload = codecs(message("SimpleResponse", { payload: [1, messageType(payload)], server_id: [4, text] }));
const sizeResponse = codecs(message("StreamingInputCallResponse", { aggregated_payload_size: [1, int32] }));

interface Request {
  readonly responseSize?: number;
  readonly responseParameters?: readonly { readonly size?: number; readonly intervalUs?: number }[];
  readonly payload?: { readonly body?: string };
  readonly responseStatus?: { readonly code?: number; readonly message?: string };
}

const initial = "x-grpc-test-echo-initial";
const trailing = "x-grpc-test-echo-trailing-bin";

/** The service of the interoperability tests. */
export const interopService: WireService = {
  name: "grpc.testing.TestService",
  unary: {
    EmptyCall: async () => Buffer.alloc(0),
    async UnaryCall(bytesOfRequest, exchange) {
      const request = simpleRequest.decode(bytesOfRequest) as Request;
      echo(exchange);
      refuse(request);
      return zeros(request.responseSize ?? 0, "trivium");
    },
  },
  serverStream: {
    StreamingOutputCall: (bytesOfRequest) => answers(streamRequest.decode(bytesOfRequest) as Request),
  },
  clientStream: {
    async StreamingInputCall(requests) {
      let size = 0;
      for await (const each of requests) size += sizeOf(withPayload.decode(each) as Request);
      return sizeResponse.encode({ aggregatedPayloadSize: size });
    },
  },
  bidi: {
    async *FullDuplexCall(requests, exchange) {
      echo(exchange);
      for await (const each of requests) {
        const request = streamRequest.decode(each) as Request;
        refuse(request);
        yield* answers(request);
      }
    },
  },
};

async function* answers({ responseParameters = [] }: Request): AsyncGenerator<Buffer> {
  for (const { size = 0, intervalUs = 0 } of responseParameters) {
    if (intervalUs > 0) await wait(intervalUs / 1000);
    yield zeros(size);
  }
}

function zeros(size: number, serverId?: string): Buffer {
  return withPayload.encode({ payload: { body: Buffer.alloc(size).toString("base64") }, serverId });
}

function sizeOf({ payload: held }: Request): number {
  return Buffer.from(held?.body ?? "", "base64").length;
}

function refuse({ responseStatus }: Request): void {
  const { code = 0, message: said = "" } = responseStatus ?? {};
  if (code !== 0) throw new WireStatus(code, said);
}

/** Answers the metadata that the client wants back. */
function echo({ requestHeaders, respondWith }: Exchange): void {
  const pairs = (name: string): Pairs => (name in requestHeaders ? [[name, requestHeaders[name] ?? ""]] : []);
  respondWith(pairs(initial), pairs(trailing));
}

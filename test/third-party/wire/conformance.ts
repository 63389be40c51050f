// connectrpc.conformance.v1.ConformanceService: answers what each request asks for, and what it saw of the call.

import { setTimeout as wait } from "node:timers/promises";
import {
  type AnyMessage,
  type AskedError,
  type Definition,
  type Header,
  type Request,
  wire,
} from "./conformance-messages.ts";
import { type Exchange, type Pairs, type WireService, WireStatus } from "./wire-service.ts";

const prefix = "type.googleapis.com/connectrpc.conformance.v1.";

type UnaryRequest = Request<string>;
type StreamRequest = Request<readonly string[]>;

/** The service of the conformance tests. */
export const conformanceService: WireService = {
  name: "connectrpc.conformance.v1.ConformanceService",
  unary: {
    Unary: (request, exchange) => answer("UnaryRequest", [request], exchange),
    IdempotentUnary: (request, exchange) => answer("IdempotentUnaryRequest", [request], exchange),
  },
  clientStream: {
    async ClientStream(requests, exchange) {
      const all: Buffer[] = [];
      for await (const request of requests) all.push(request);
      return answer("ClientStreamRequest", all, exchange);
    },
  },
  serverStream: {
    ServerStream: (request, exchange) => answerAll("ServerStreamRequest", one(request), exchange),
  },
  bidi: {
    BidiStream: (requests, exchange) => answerAll("BidiStreamRequest", requests, exchange),
  },
};

async function* one(request: Buffer): AsyncGenerator<Buffer> {
  yield request;
}

async function answer(type: string, requests: readonly Buffer[], exchange: Exchange): Promise<Buffer> {
  const [first] = requests;
  const { responseDefinition: definition } =
    first === undefined ? {} : (wire.unaryRequest.decode(first) as unknown as UnaryRequest);
  const info = infoOf(exchange, envelopes(type, requests));
  if (definition !== undefined) begin(definition, exchange);
  await wait(definition?.responseDelayMs ?? 0);
  if (definition?.error !== undefined) throw statusOf(definition.error, info);
  return response(definition?.responseData, info);
}

async function* answerAll(type: string, requests: AsyncIterable<Buffer>, exchange: Exchange): AsyncGenerator<Buffer> {
  let asked: StreamRequest | undefined;
  let count = 0;
  let unanswered: AnyMessage[] = [];
  const next = async (definition: NonNullable<StreamRequest["responseDefinition"]>): Promise<Buffer> => {
    const info =
      count === 0
        ? infoOf(exchange, unanswered)
        : asked?.fullDuplex === true && unanswered.length > 0
          ? { requests: unanswered }
          : undefined;
    unanswered = [];
    await wait(definition.responseDelayMs ?? 0);
    return response(definition.responseData?.[count++], info);
  };
  for await (const request of requests) {
    unanswered.push(...envelopes(type, [request]));
    if (asked === undefined) {
      asked = wire.streamRequest.decode(request) as unknown as StreamRequest;
      if (asked.responseDefinition !== undefined) begin(asked.responseDefinition, exchange);
    }
    if (type !== "BidiStreamRequest" || asked.fullDuplex !== true) continue;
    const { responseDefinition: definition } = asked;
    if (definition === undefined || count >= (definition.responseData ?? []).length) break;
    yield await next(definition);
  }
  const definition = asked?.responseDefinition;
  if (definition === undefined) return;
  while (count < (definition.responseData ?? []).length) yield await next(definition);
  if (definition.error !== undefined)
    throw statusOf(definition.error, count === 0 ? infoOf(exchange, unanswered) : undefined);
}

type Info = Record<string, unknown>;

function infoOf({ requestHeaders, timeout }: Exchange, requests: readonly AnyMessage[]): Info {
  const headers = Object.entries(requestHeaders).map(([name, value]) => ({ name, value: value.split(", ") }));
  return { requestHeaders: headers, timeoutMs: timeout === undefined ? undefined : Math.max(0, timeout), requests };
}

function envelopes(type: string, requests: readonly Buffer[]): AnyMessage[] {
  return requests.map((request) => ({ typeUrl: prefix + type, value: request.toString("base64") }));
}

function begin({ responseHeaders, responseTrailers }: Definition, { respondWith }: Exchange): void {
  respondWith(pairsOf(responseHeaders), pairsOf(responseTrailers));
}

function pairsOf(headers: readonly Header[]): Pairs {
  return headers.flatMap(({ name = "", value }) => value.map((each) => [name, each] as const));
}

function response(data: string | undefined, info: Info | undefined): Buffer {
  return wire.response.encode({ payload: { data, requestInfo: info } });
}

function statusOf({ code = 0, message = "", details }: AskedError, info: Info | undefined): WireStatus {
  const seen =
    info === undefined
      ? []
      : [
          {
            typeUrl: `${prefix}ConformancePayload.RequestInfo`,
            value: wire.requestInfo.encode(info).toString("base64"),
          },
        ];
  return new WireStatus(code, message, wire.status.encode({ code, message, details: [...details, ...seen] }));
}

// Server streams over HTTP: one request, many answers, as Server-Sent Events or NDJSON.

import type { FastifyReply, FastifyRequest } from "fastify";
import type { RegisteredOperation } from "../../../contract/registry.ts";
import { appError } from "../../../core/catalogue.ts";
import type { Outcome } from "../../../pipeline/call.ts";
import type { CallSettings, RouteHandler } from "../call.ts";
import { answerFromError } from "../error-map.ts";
import { chooseStreamType } from "../headers/accept.ts";
import { deprecationHeaders } from "../headers/deprecation.ts";
import { apiSecurity } from "../responder.ts";
import { ndjson } from "./answer/ndjson.ts";
import { sse } from "./answer/sse.ts";
import { StreamAnswer } from "./answer/stream-answer.ts";
import { type StreamCallRequest, streamRequestReader } from "./stream-request.ts";
import type { StreamTimes } from "./times.ts";

/** Makes the handler of a server stream. */
export function serverStreamHandler(
  operation: RegisteredOperation,
  settings: CallSettings,
  times: StreamTimes,
): RouteHandler {
  const { caller, responder } = settings;
  const read = streamRequestReader(operation, settings);
  const fixed = [
    ...["cache-control", "no-store", "x-accel-buffering", "no", "vary", "Accept, Authorization, Last-Event-ID"],
    ...deprecationHeaders(operation.contract.deprecated),
    ...apiSecurity,
  ];
  return (request, reply) => {
    let call: StreamCallRequest;
    let type: string;
    try {
      type = streamTypeFor(request);
      call = read(request, reply);
    } catch (refused) {
      return responder.refuse(request, reply, refused);
    }
    const headers = ["content-type", type, ...fixed];
    const answer = openAnswer(request, reply, call, { type, headers, settings, times });
    void caller.run(call).then((outcome) => finish(request, reply, { call, answer, outcome, settings }));
  };
}

function streamTypeFor({ raw }: FastifyRequest): string {
  const type = chooseStreamType(raw.headers.accept ?? "*/*");
  if (type === undefined)
    throw appError("NOT_ACCEPTABLE", {
      message: "This stream is answered as text/event-stream or application/x-ndjson",
    });
  return type;
}

interface Opening {
  readonly type: string;
  readonly headers: readonly string[];
  readonly settings: CallSettings;
  readonly times: StreamTimes;
}

/** Joins a call and its answer. */
function openAnswer(
  request: FastifyRequest,
  { raw: response }: FastifyReply,
  call: StreamCallRequest,
  { type, headers, settings, times }: Opening,
): StreamAnswer {
  const { requestId } = call;
  let limits: Outcome["limits"];
  const answer = new StreamAnswer(response, type === "text/event-stream" ? sse : ndjson, times, () =>
    settings.responder.head(request, { headers, requestId, limits }),
  );
  call.send = (value) => answer.send(value);
  call.onOpen = (counted) => {
    limits = counted;
    if (request.method !== "HEAD") return answer.openSoon();
    answer.end(undefined, false);
    call.leave();
  };
  response.once("close", () => {
    answer.stop();
    if (!response.writableFinished) call.leave();
  });
  return answer;
}

interface Ending {
  readonly call: StreamCallRequest;
  readonly answer: StreamAnswer;
  readonly outcome: Outcome;
  readonly settings: CallSettings;
}

function finish(
  request: FastifyRequest,
  reply: FastifyReply,
  { call, answer, outcome, settings: { responder } }: Ending,
): void {
  answer.stop();
  if (reply.raw.destroyed || reply.raw.writableEnded) return;
  if (outcome.ok) answer.end(undefined, responder.draining);
  else if (answer.isOpen) answer.end(answerFromError(outcome.error, call.requestId).body, responder.draining);
  else responder.sendError(request, reply, outcome.error, outcome, false);
}

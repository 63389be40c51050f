// Writes every answer of the HTTP road: the headers that all of them carry, the body, its content coding, its length.

import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type AppError, isAppError } from "../../core/app-error.ts";
import { appError } from "../../core/catalogue.ts";
import type { LimitNote } from "../../pipeline/limit-note.ts";
import { answerFromError } from "./error-map.ts";
import { type Coding, chooseCoding } from "./headers/accept.ts";
import type { CorsPolicy } from "./headers/cors.ts";
import { requestIdOf } from "./headers/identity.ts";
import { addRateLimit } from "./headers/rate-limit.ts";
import type { Refusal } from "./options.ts";

/** What a responder must know of its server. */
export interface ResponderSettings {
  readonly cors: CorsPolicy | undefined;
  /** Whether a proxy may have spoken TLS with the client. */
  readonly behindProxies: boolean;
  readonly onRefused: ((refusal: Refusal) => void) | undefined;
}

/** Writes answers. */
export interface Responder {
  /** Set while the server stops: every answer then closes its connection. */
  draining: boolean;
  /** The headers of an answer that is written piece by piece, names and values in turn. */
  head(request: FastifyRequest, answer: HeadedAnswer): string[];
  /** Writes a whole answer; nothing if the client is gone. `headers` are names and values in turn. */
  send(request: FastifyRequest, reply: FastifyReply, answer: WholeAnswer): void;
  /** Answers an error that a call ended with. */
  sendError(request: FastifyRequest, reply: FastifyReply, error: AppError, ended: Ended, status412: boolean): void;
  /** Answers what never became a call, and reports it. What is no AppError is answered as INTERNAL. */
  refuse(request: FastifyRequest, reply: FastifyReply, thrown: unknown, headers?: readonly string[]): void;
}

/** What every answer to a call says of it. */
export interface Ended {
  readonly requestId: string;
  readonly limits?: LimitNote | undefined;
  /** Whether it is the answer of an earlier call with the same idempotency key. */
  readonly replayed?: boolean | undefined;
}

/** An answer with the headers that are its own. */
export interface HeadedAnswer extends Ended {
  readonly headers: readonly string[];
}

/** An answer with its body. */
export interface WholeAnswer extends HeadedAnswer {
  readonly status: number;
  /** Undefined: an answer that has none (204, 304). */
  readonly body: string | Buffer | undefined;
  readonly coding?: Coding;
}

/** Bodies up to this many bytes are not worth compressing. */
const compressAbove = 1024;

const noPage = "default-src 'none'; frame-ancestors 'none'";

/** The headers against misuse by browsers; pages that are meant for one bring a policy of their own. */
export const apiSecurity: readonly string[] = ["content-security-policy", noPage];

/** The coding that a body of text will be sent in: none for a small one, nor for a client that takes none. */
export function codingFor(headers: IncomingHttpHeaders, body: string | Buffer): Coding {
  const accepted = headers["accept-encoding"];
  return body.length <= compressAbove || accepted === undefined ? undefined : chooseCoding(String(accepted));
}

/** Makes the responder of a server. */
export function createResponder(settings: ResponderSettings): Responder {
  const responder: Responder = {
    draining: false,
    head: (request, answer) => commonHeaders(settings, request, responder.draining, answer),
    send(request, reply, answer) {
      const headers = commonHeaders(settings, request, responder.draining, answer);
      if (answer.coding === undefined) write(reply.raw, answer.status, headers, answer.body);
      else void writeCoded(reply.raw, answer, headers, answer.coding);
    },
    sendError(request, reply, error, { requestId, limits }, status412) {
      const { status, headers, body } = answerFromError(error, requestId, status412);
      responder.send(request, reply, { status, requestId, limits, headers: [...headers, ...apiSecurity], body });
    },
    refuse(request, reply, thrown, headers = []) {
      const error = isAppError(thrown) ? thrown : appError("INTERNAL", { cause: thrown });
      const requestId = requestIdOf(request.headers);
      const answer = answerFromError(error, requestId, error.reason === "VERSION_CONFLICT");
      const { status, body } = answer;
      responder.send(request, reply, {
        status,
        requestId,
        headers: [...answer.headers, ...apiSecurity, ...headers],
        body,
      });
      settings.onRefused?.({ method: request.method, path: pathOf(request.raw.url), status, requestId, error });
    },
  };
  return responder;
}

/** The path of a request's target. */
export function pathOf(target: string | undefined): string {
  return (target ?? "").replace(/[?#].*$/s, "");
}

function commonHeaders(
  { cors, behindProxies }: ResponderSettings,
  request: FastifyRequest,
  draining: boolean,
  { headers, requestId, limits, replayed }: HeadedAnswer,
): string[] {
  const all = [
    ...headers,
    "x-request-id",
    requestId,
    "x-content-type-options",
    "nosniff",
    "referrer-policy",
    "no-referrer",
  ];
  addRateLimit(all, limits);
  if (replayed) all.push("idempotency-replayed", "true");
  if (draining) all.push("connection", "close");
  if (behindProxies && request.protocol === "https") all.push("strict-transport-security", "max-age=31536000");
  if (cors !== undefined) cors.addTo(all, request.headers.origin);
  return all;
}

function write(response: ServerResponse, status: number, headers: string[], body: string | Buffer | undefined): void {
  if (response.destroyed) return;
  if (body === undefined) {
    response.writeHead(status, headers);
    response.end();
    return;
  }
  headers.push("content-length", String(Buffer.byteLength(body)));
  response.writeHead(status, headers);
  response.end(body);
}

const coders = {
  gzip: promisify(gzip),
  br: (body: string | Buffer) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
};

async function writeCoded(
  response: ServerResponse,
  { status, body }: WholeAnswer,
  headers: string[],
  coding: NonNullable<Coding>,
): Promise<void> {
  try {
    const coded = await coders[coding](body ?? "");
    headers.push("content-encoding", coding);
    write(response, status, headers, coded);
  } catch {
    response.destroy(); // no memory for the coder: nothing true can be sent any more under these headers
  }
}

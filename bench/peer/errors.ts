// Errors of the peer, and their answer: problem objects, with the reasons that chat has.

import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";

/** An error with a status and a stable reason. */
export class PeerError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

/** Answers any error; what is unexpected is logged and not told. */
export function answerError(error: FastifyError | PeerError, request: FastifyRequest, reply: FastifyReply): void {
  const { status, reason, detail } = publicForm(error);
  if (status >= 500) request.log.error(error);
  const problem = { type: `/errors#${reason.toLowerCase()}`, title: detail, status, detail, reason };
  void reply
    .status(status)
    .type("application/problem+json")
    .send({ ...problem, requestId: request.id });
}

function publicForm(error: FastifyError | PeerError): { status: number; reason: string; detail: string } {
  if (error instanceof PeerError) return { status: error.status, reason: error.reason, detail: error.message };
  if (error.validation !== undefined) return { status: 400, reason: "VALIDATION_FAILED", detail: error.message };
  const status = error.statusCode ?? 500;
  return status < 500
    ? { status, reason: error.code, detail: error.message }
    : { status: 500, reason: "INTERNAL", detail: "Something went wrong" };
}

// The body of a request before the codec reads it: which media types are taken, how large it may be.

import type { IncomingMessage } from "node:http";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { isAppError } from "../../core/app-error.ts";
import { appError } from "../../core/catalogue.ts";
import type { Responder } from "./responder.ts";

const json = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** How much of a body that is too large is still read, so that its sender can read the answer. */
const lingerBytes = 8 * 1024 * 1024;
const lingerMillis = 2000;

/** Hands on the bytes of a JSON body; anything but plain JSON in UTF-8 is refused. */
export function bodyParser(
  request: FastifyRequest,
  body: Buffer,
  done: (error: Error | null, body?: Buffer) => void,
): void {
  const { "content-type": type, "content-encoding": coding } = request.raw.headers;
  if (type !== "application/json" && !json.test(type ?? "")) done(appError("UNSUPPORTED_MEDIA_TYPE"));
  else if (coding !== undefined && coding !== "identity")
    done(appError("UNSUPPORTED_MEDIA_TYPE", { message: "The body's content coding is not supported" }));
  else done(null, body);
}

/** Answers what Fastify found wrong with a URL or a body. */
export function refuseBody(
  responder: Responder,
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  if (request.raw.errored !== null) return void reply.raw.destroy(); // cut off while sending: nobody is there
  const refused = refusalOf(error);
  const accept =
    isAppError(refused) && refused.reason === "UNSUPPORTED_MEDIA_TYPE" ? ["accept", "application/json"] : [];
  drain(request.raw, () => responder.refuse(request, reply, refused, [...accept, "connection", "close"]));
}

/** Reads on for a while: many clients look for an answer only after they have sent all of their body. */
function drain(message: IncomingMessage, then: () => void): void {
  let left = lingerBytes;
  const end = (): void => {
    clearTimeout(timer);
    message.off("data", onData).off("end", end).off("close", end).off("error", end);
    then();
  };
  const onData = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left < 0) end();
  };
  const timer = setTimeout(end, lingerMillis);
  if (message.readableEnded) end();
  else message.on("data", onData).once("end", end).once("close", end).once("error", end).resume();
}

function refusalOf(error: FastifyError | Error): unknown {
  switch ("code" in error ? error.code : undefined) {
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return appError("UNSUPPORTED_MEDIA_TYPE");
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return appError("BODY_TOO_LARGE");
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return appError("MALFORMED_REQUEST", { message: "The body's length is not what Content-Length says" });
    case "FST_ERR_BAD_URL":
    case "FST_ERR_MAX_PARAM_LENGTH":
      return appError("MALFORMED_REQUEST", { message: "The URL is malformed" });
    default:
      return error;
  }
}

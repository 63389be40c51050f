// Bidi streams over HTTP: a WebSocket, opened when the call was let in; until then whatever refuses it is a real status.

import type { FastifyRequest } from "fastify";
import type { RegisteredOperation } from "../../../contract/registry.ts";
import { appError } from "../../../core/catalogue.ts";
import type { LimitNote } from "../../../pipeline/limit-note.ts";
import type { CallSettings, RouteHandler } from "../call.ts";
import type { CorsPolicy } from "../headers/cors.ts";
import { deprecationHeaders } from "../headers/deprecation.ts";
import { addRateLimit } from "../headers/rate-limit.ts";
import { type StreamCallRequest, streamRequestReader } from "./stream-request.ts";
import type { StreamTimes } from "./times.ts";
import type { Acceptor } from "./websocket/acceptor.ts";
import { assertHandshake, identityWithProtocols, takesRefusals, upgradeHeaders } from "./websocket/handshake.ts";
import { SocketStream } from "./websocket/socket-stream.ts";
import { UpgradeResponse } from "./websocket/upgrade.ts";

/** What bidi streams need of their server. */
export interface BidiSettings extends CallSettings {
  readonly times: StreamTimes;
  readonly accept: Acceptor;
  readonly cors: CorsPolicy | undefined;
}

/** Makes the handler of a bidi stream. */
export function bidiStreamHandler(operation: RegisteredOperation, settings: BidiSettings): RouteHandler {
  const { caller, responder, cors } = settings;
  const read = streamRequestReader(operation, settings);
  const identity = identityWithProtocols(settings.identity);
  const join = streamJoiner(operation, settings);
  return (request, reply) => {
    const { raw: response } = reply;
    let call: StreamCallRequest;
    try {
      if (!(response instanceof UpgradeResponse)) throw appError("UPGRADE_REQUIRED");
      assertHandshake(request, cors);
      call = read(request, reply, identity);
    } catch (refused) {
      return responder.refuse(request, reply, refused, upgradeHeaders(refused));
    }
    const stream = join(request, response, call);
    void caller.run(call).then((outcome) => {
      if (outcome.ok) stream.end();
      else if (!stream.fail(outcome.error, call.requestId))
        responder.sendError(request, reply, outcome.error, outcome, false);
    });
  };
}

function streamJoiner({ contract }: RegisteredOperation, { times, accept }: BidiSettings) {
  const fixed = deprecationHeaders(contract.deprecated);
  return ({ raw }: FastifyRequest, response: UpgradeResponse, call: StreamCallRequest): SocketStream => {
    let limits: LimitNote | undefined;
    const stream = new SocketStream({
      connection: raw.socket,
      times,
      leave: () => call.leave(),
      accept() {
        const headers = ["x-request-id", call.requestId, ...fixed];
        addRateLimit(headers, limits);
        return accept(raw, response, headers);
      },
      refuse() {
        if (!takesRefusals(raw.headers)) return undefined;
        const socket = accept(raw, response, ["x-request-id", call.requestId], true);
        return socket?.on("error", () => undefined);
      },
    });
    call.items = stream.items;
    call.send = (answer) => stream.send(answer);
    call.onOpen = (counted) => {
      limits = counted;
      stream.openSoon();
    };
    // Of a connection that was taken over, the stream hears by itself.
    response.once("close", () => {
      stream.stop();
      call.leave();
    });
    return stream;
  };
}

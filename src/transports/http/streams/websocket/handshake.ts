// What a request must say to become a WebSocket, and whom it may come from.

import type { IncomingHttpHeaders } from "node:http";
import type { FastifyRequest } from "fastify";
import { isAppError } from "../../../../core/app-error.ts";
import { appError } from "../../../../core/catalogue.ts";
import type { CorsPolicy } from "../../headers/cors.ts";
import type { IdentityReader } from "../../headers/identity.ts";

/** The subprotocol: the frames of docs/decisions/0012. */
export const subprotocol = "trivium.v1";

/** The subprotocol of a connection that is opened only to tell why it is refused: browsers show nothing else of that. */
export const refusalSubprotocol = "trivium.v1.refusals";

const tokenPrefix = "bearer.";
const key = /^[A-Za-z0-9+/]{22}==$/;
const version = "13";

/** What a list of subprotocols may be (RFC 6455, 4.1): of tokens. */
const protocolList = /^[\w!#$%&'*+.^`|~-]+(?:[ \t]*,[ \t]*[\w!#$%&'*+.^`|~-]+)*$/;

/** Throws AppError for a request that is no WebSocket of ours, or comes from a page that may not open one. */
export function assertHandshake(request: FastifyRequest, cors: CorsPolicy | undefined): void {
  const { headers } = request.raw;
  if (headers["sec-websocket-version"] !== version) throw appError("UPGRADE_REQUIRED");
  if (!key.test(headers["sec-websocket-key"] ?? ""))
    throw appError("MALFORMED_REQUEST", { message: "Sec-WebSocket-Key is missing or malformed" });
  const offered = protocolsIn(headers);
  if (offered.length > new Set(offered).size || !protocolList.test(headers["sec-websocket-protocol"] ?? subprotocol))
    throw appError("MALFORMED_REQUEST", { message: "Sec-WebSocket-Protocol is not a list of different tokens" });
  if (offered.length > 0 && !offered.includes(subprotocol))
    throw appError("MALFORMED_REQUEST", { message: `The subprotocol is ${subprotocol}` });
  if (!isFromHere(request) && cors?.lets(headers.origin) !== true)
    throw appError("ACCESS_DENIED", { message: "Pages of this origin may not open a WebSocket here" });
}

/** The headers that tell how to upgrade; none where that is not what was wrong. Names and values in turn. */
export function upgradeHeaders(refused: unknown): readonly string[] {
  return isAppError(refused) && refused.reason === "UPGRADE_REQUIRED"
    ? ["upgrade", "websocket", "connection", "upgrade, close", "sec-websocket-version", version]
    : [];
}

/** Browsers ask nobody before a page opens a WebSocket: the server has to. Other programs send no origin. */
function isFromHere({ raw, host }: FastifyRequest): boolean {
  const { origin } = raw.headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

/**
 * Reads the identity of a request whose token may stand among its subprotocols, since a page can set no header: as
 * `bearer.<token>`, beside `trivium.v1`. Throws AppError CREDENTIAL_INVALID for two credentials.
 */
export function identityWithProtocols(read: IdentityReader): IdentityReader {
  return (headers) => {
    const tokens = protocolsIn(headers).filter((protocol) => protocol.startsWith(tokenPrefix));
    const [token] = tokens;
    if (token === undefined) return read(headers);
    if (tokens.length > 1 || headers.authorization !== undefined)
      throw appError("CREDENTIAL_INVALID", { message: "Two credentials were sent" });
    return read({ ...headers, authorization: `Bearer ${token.slice(tokenPrefix.length)}` });
  };
}

/** Whether the client wants to be told of a refusal by a frame. */
export function takesRefusals(headers: IncomingHttpHeaders): boolean {
  return protocolsIn(headers).includes(refusalSubprotocol);
}

function protocolsIn(headers: IncomingHttpHeaders): string[] {
  const list = headers["sec-websocket-protocol"];
  return list === undefined ? [] : list.split(",").map((protocol) => protocol.trim());
}

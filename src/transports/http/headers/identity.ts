// Who and where from: the headers that name the request, its credential and its client's address.

import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { appError } from "../../../core/catalogue.ts";
import { uuidv7 } from "../../../core/ids.ts";
import type { Credential, Road } from "../../../pipeline/call.ts";

const visibleAscii = /^[\x21-\x7e]{1,128}$/;
const bearer = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;
const seconds = /^\d{1,7}(\.\d{1,3})?$/;

/** A header's value where it was sent once. */
export function single(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The id that the client gave the request if it is one, else a new one. For what the server itself answers. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = single(headers["x-request-id"]);
  return given !== undefined && visibleAscii.test(given) ? given : uuidv7();
}

/** What a request says about who sends it. */
export interface Identity {
  readonly credential: Credential | undefined;
  readonly road: Road;
}

/** Reads the identity of a request; throws AppError CREDENTIAL_INVALID for a wrong local secret. */
export type IdentityReader = (headers: IncomingHttpHeaders) => Identity;

/**
 * Reads `Authorization`, and the way in of the machine's owner: `X-Trivium-Local` with the secret kept beside the data,
 * and `X-Trivium-As` with the user to act as. The secret is compared in constant time.
 */
export function identityReader(localSecret: string | undefined): IdentityReader {
  const digest = localSecret === undefined ? undefined : sha256(localSecret);
  return (headers) => {
    const given = single(headers["x-trivium-local"]);
    const credential = credentialFromAuthorization(headers.authorization);
    if (given === undefined) return { credential, road: "http" };
    if (digest === undefined || !timingSafeEqual(sha256(given), digest)) throw appError("CREDENTIAL_INVALID");
    const userId = single(headers["x-trivium-as"]);
    if (credential === undefined) return { credential: { kind: "local", userId }, road: "cli" };
    if (userId !== undefined) throw appError("CREDENTIAL_INVALID", { message: "Two credentials were sent" });
    return { credential, road: "cli" };
  };
}

/** What is not a well-formed Bearer header is an empty token: it is nobody's, and is refused where all tokens are. */
function credentialFromAuthorization(header: string | undefined): Credential | undefined {
  if (header === undefined) return undefined;
  return { kind: "bearer", token: bearer.exec(header)?.[1] ?? "" };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** `Request-Timeout` in milliseconds; throws AppError MALFORMED_REQUEST where it is not a number of seconds. */
export function timeoutFromHeader(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== "string" || !seconds.test(header))
    throw appError("MALFORMED_REQUEST", { message: "Request-Timeout must be a number of seconds" });
  return Math.round(Number(header) * 1000);
}

/** The plain form of an address: IPv4 in IPv6 is IPv4; undefined for what is no address. */
export function plainAddress(address: string | undefined): string | undefined {
  if (address === undefined || isIP(address) === 0) return undefined;
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

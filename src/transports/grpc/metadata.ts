// What the metadata of a call says about it: who calls and which id it has, read before its message; and what the
// answer's metadata says of limits.

import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { Deadline, Metadata } from "@grpc/grpc-js";
import { appError } from "../../core/catalogue.ts";
import { uuidv7 } from "../../core/ids.ts";
import type { Credential, Road } from "../../pipeline/call.ts";
import { type LimitNote, rateLimitFields } from "../../pipeline/limit-note.ts";
import { requestIdKey } from "./error-map.ts";

const visibleAscii = /^[\x21-\x7e]{1,128}$/;
const bearer = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/** What a call says about who makes it. */
export interface Identity {
  readonly credential: Credential | undefined;
  readonly road: Road;
}

/** Reads the identity of a call; throws AppError CREDENTIAL_INVALID for a wrong local secret. */
export type IdentityReader = (metadata: Metadata) => Identity;

/**
 * Reads `authorization`, and the way in of the machine's owner: `x-trivium-local` with the secret kept beside the data,
 * and `x-trivium-as` with the user to act as. The secret is compared in constant time. An authorization that is not a
 * well-formed Bearer is handed on as it is: no such text is a token, so it is refused as one.
 */
export function identityReader(localSecret: string | undefined): IdentityReader {
  const digest = localSecret === undefined ? undefined : sha256(localSecret);
  return (metadata) => {
    const credential = credentialOf(metadata);
    const given = textOf(metadata, "x-trivium-local");
    if (given === undefined) return { credential, road: "grpc" };
    if (digest === undefined || !timingSafeEqual(sha256(given), digest)) throw appError("CREDENTIAL_INVALID");
    const userId = textOf(metadata, "x-trivium-as");
    if (credential === undefined) return { credential: { kind: "local", userId }, road: "cli" };
    if (userId !== undefined) throw appError("CREDENTIAL_INVALID", { message: "Two credentials were sent" });
    return { credential, road: "cli" };
  };
}

function credentialOf(metadata: Metadata): Credential | undefined {
  const values = metadata.get("authorization");
  if (values.length === 0) return undefined;
  const text = values.join(", ");
  return { kind: "bearer", token: bearer.exec(text)?.[1] ?? text };
}

/** A metadata value that is a text. */
export function textOf(metadata: Metadata, key: string): string | undefined {
  const [value] = metadata.get(key);
  return typeof value === "string" ? value : undefined;
}

/** The idempotency key; several are handed on together, as HTTP does, and are no key. */
export function idempotencyKeyOf(metadata: Metadata): string | undefined {
  const values = metadata.get("idempotency-key");
  return values.length === 0 ? undefined : values.join(", ");
}

/** The id that the client gave the call if it is one, else a new one. For what the server itself answers. */
export function requestIdFrom(metadata: Metadata | undefined): string {
  const given = metadata === undefined ? undefined : textOf(metadata, requestIdKey);
  return given !== undefined && visibleAscii.test(given) ? given : uuidv7();
}

/** Milliseconds until a deadline, 0 after it; undefined where there is none. */
export function timeoutUntil(deadline: Deadline): number | undefined {
  const time = Number(deadline);
  return Number.isFinite(time) ? Math.max(0, time - Date.now()) : undefined;
}

/** Milliseconds that a client's clock, and the way from it, may be ahead of the deadline that it sent. */
const deadlineMargin = 50;

/**
 * Whether a client that leaves now does so of its own accord. At its deadline it leaves too, and may be heard a little
 * before the deadline is there: the pipeline, which keeps it, then ends the call as late.
 */
export function leavesEarly(deadline: Deadline): boolean {
  return Date.now() < Number(deadline) - deadlineMargin;
}

/** Adds what HTTP's header fields of the same names say. */
export function addRateLimit(metadata: Metadata, note: LimitNote | undefined): void {
  if (note === undefined) return;
  const { rateLimit, rateLimitPolicy } = rateLimitFields(note);
  metadata.set("ratelimit", rateLimit);
  metadata.set("ratelimit-policy", rateLimitPolicy);
}

/** The plain address of a peer such as `127.0.0.1:50001`: IPv4 in IPv6 is IPv4; undefined for what is no address. */
export function addressFromPeer(peer: string): string | undefined {
  const address = peer.slice(0, peer.lastIndexOf(":"));
  if (isIP(address) === 0) return undefined;
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

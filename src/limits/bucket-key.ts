// Which bucket a call is charged to: by its user, its address, or what it gives in a field of its input.

import { hash } from "node:crypto";
import ipaddr from "ipaddr.js";
import type { LimitKey } from "../contract/limits/limit.ts";
import type { Call } from "../pipeline/call.ts";

/** What a key is made of. */
export type KeyedCall = Pick<Call, "user" | "address" | "input">;

/**
 * The part of a bucket's key that says whose it is. Whoever is nobody, or leaves the field out, is his address. Undefined
 * where that decides and there is none: a call that came over no network is its machine's owner's, and not counted. A
 * field's value is kept only as its SHA-256.
 */
export function callerKey(by: LimitKey | undefined, call: KeyedCall): string | undefined {
  if (typeof by === "object") return inputKey(by.input, call);
  if (by === "address" || call.user === undefined) return addressKey(call.address);
  return `u:${call.user.id}`;
}

function inputKey(field: string, call: KeyedCall): string | undefined {
  const value = (call.input as Readonly<Record<string, unknown>>)[field]; // validated: an object
  if (value === undefined || value === null) return addressKey(call.address);
  // Spelled differently it would be counted anew, though a service may take it for the same.
  const normal = typeof value === "string" ? value.trim().normalize("NFKC").toLowerCase() : JSON.stringify(value);
  return `i:${hash("sha256", normal, "base64url")}`;
}

/** An IPv6 address counts by its /64: one client has all of it. */
function addressKey(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  if (!address.includes(":") || !ipaddr.IPv6.isValid(address)) return `a:${address}`;
  const { parts } = ipaddr.IPv6.parse(address);
  return `a:${parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(":")}::/64`;
}

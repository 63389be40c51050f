// The idempotency key of a call, as its record is named and compared.

import { createHash } from "node:crypto";
import type { Call } from "../../pipeline/call.ts";
import type { RecordKey } from "../records/commit-records.ts";

/** A call's key, with the fingerprint of its input. */
export interface CallKey extends RecordKey {
  readonly fingerprint: string;
}

/**
 * The key of a top-level call whose input was validated; undefined for a call without one. A key belongs to a user: the
 * pipeline has refused one that comes without.
 */
export function callKey({ idempotencyKey: key, user, operation, input }: Call): CallKey | undefined {
  if (key === undefined || user === undefined) return undefined;
  return { principal: user.id, operation: operation.id, key, fingerprint: fingerprintOf(input) };
}

/** SHA-256 of a value's canonical JSON: equal for equal values, whatever the order of their fields. */
export function fingerprintOf(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(value, inOrder) ?? "")
    .digest("base64url");
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

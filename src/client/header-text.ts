// What of a call goes out as text beside its input, on every road.

import { onlyReads } from "../contract/operation.ts";
import { appError } from "../core/catalogue.ts";
import type { CallRequest } from "../pipeline/call.ts";
import { idempotencyKeyFrom } from "../pipeline/steps/idempotency.ts";

/** A credential's text; throws AppError CREDENTIAL_INVALID for what no header can carry. */
export function credentialText(text: string): string {
  if (!/^[\x21-\x7e]*$/.test(text)) throw appError("CREDENTIAL_INVALID");
  return text;
}

/**
 * The idempotency key in quotes, as HTTP's structured fields have it; undefined without one, and for what only reads: that
 * is repeated as it is. Throws AppError VALIDATION_FAILED for what is no key.
 */
export function idempotencyKeyText({ operation, idempotencyKey }: CallRequest): string | undefined {
  if (idempotencyKey === undefined || onlyReads(operation.contract)) return undefined;
  return `"${idempotencyKeyFrom(idempotencyKey).replaceAll(/["\\]/g, "\\$&")}"`;
}

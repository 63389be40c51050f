// Step 9, idempotency: whether a command takes a key, and the key in its one form. The unit of work does the rest.

import { idempotencyOf, onlyReads } from "../../contract/operation.ts";
import type { RegisteredOperation } from "../../contract/registry.ts";
import { appError } from "../../core/catalogue.ts";
import type { Middleware } from "../call.ts";

const visibleAscii = /^[\x21-\x7e]{1,255}$/;
const quoted = /^"((?:[^"\\]|\\["\\])*)"$/;

/** Both forms as a pattern of JSON Schema. */
export const idempotencyKeyPattern = '^([!#-~][!-~]{0,254}|"([!#-\\[\\]-~]|\\\\["\\\\]){1,255}")$';

/** The header, the metadata key and the flag that carry it. */
export const idempotencyKeyName = "idempotency-key";

/**
 * A key from its text: as it is, or quoted as HTTP's structured fields have it, where `"` and `\` follow a `\`. Both
 * forms name the same key. Throws AppError VALIDATION_FAILED for what is not 1 to 255 visible ASCII characters.
 */
export function idempotencyKeyFrom(text: string): string {
  const inner = text.startsWith('"') ? quoted.exec(text)?.[1]?.replaceAll(/\\(.)/g, "$1") : text;
  if (inner !== undefined && visibleAscii.test(inner)) return inner;
  const message = "Must be 1 to 255 visible ASCII characters, as they are or in double quotes";
  throw appError("VALIDATION_FAILED", { violations: [{ path: idempotencyKeyName, message, rule: "invalid_format" }] });
}

/**
 * Step 9 for an operation; undefined for what only reads, and may be repeated as it is: a key on it is not looked at. A key
 * belongs to a user: who comes as nobody gets IDEMPOTENCY_KEY_NOT_TAKEN.
 */
export function idempotency({ contract }: RegisteredOperation): Middleware | undefined {
  if (onlyReads(contract)) return undefined;
  const rule = idempotencyOf(contract);
  return (call, next) => {
    const { idempotencyKey } = call;
    if (idempotencyKey !== undefined) {
      if (rule === "none") throw appError("IDEMPOTENCY_KEY_NOT_TAKEN");
      if (call.user === undefined)
        throw appError("IDEMPOTENCY_KEY_NOT_TAKEN", { message: "An idempotency key needs a signed-in user" });
      call.idempotencyKey = idempotencyKeyFrom(idempotencyKey);
    } else if (rule === "required") throw appError("IDEMPOTENCY_KEY_REQUIRED");
    return next();
  };
}

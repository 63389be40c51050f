// The program's own flags: where to, as whom, how long, how to print.

import type { Violation } from "../../core/app-error.ts";
import { appError } from "../../core/catalogue.ts";
import type { CommonFlag } from "./flags.ts";

/** What the program's own flags say. */
export interface Settings {
  /** An http or https address. */
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly as: string | undefined;
  /** As it was given: the pipeline checks it. */
  readonly idempotencyKey: string | undefined;
  /** Milliseconds. */
  readonly timeout: number | undefined;
}

/** What stands after each of the program's own flags. */
export type GivenSettings = ReadonlyMap<CommonFlag, readonly string[]>;

const mostSeconds = 86_400;

/** Reads them. Throws AppError VALIDATION_FAILED for a flag that was given twice or says nothing usable. */
export function settingsFrom(given: GivenSettings): Settings {
  const violations: Violation[] = [];
  for (const name of ["url", "token", "as", "timeout", "idempotency-key"] as const)
    if ((given.get(name)?.length ?? 0) > 1)
      violations.push({ path: name, message: "Is given more than once", rule: "repeated" });
  const url = given.get("url")?.[0];
  if (url !== undefined && !isAddress(url))
    violations.push({
      path: "url",
      message: "Must be an address such as http://127.0.0.1:8080, without user and query",
      rule: "invalid_format",
    });
  const timeout = given.get("timeout")?.[0];
  const seconds = timeout === undefined ? undefined : secondsFrom(timeout);
  if (timeout !== undefined && seconds === undefined)
    violations.push({
      path: "timeout",
      message: `Must be a number of seconds, above 0 and at most ${mostSeconds}`,
      rule: "invalid_format",
    });
  if (violations.length > 0) throw appError("VALIDATION_FAILED", { violations });
  return {
    url,
    token: given.get("token")?.[0],
    as: given.get("as")?.[0],
    idempotencyKey: given.get("idempotency-key")?.[0],
    timeout: seconds === undefined ? undefined : Math.ceil(seconds * 1000),
  };
}

function isAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return false;
  return url.username === "" && url.password === "" && url.search === "" && url.hash === "";
}

function secondsFrom(text: string): number | undefined {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  return seconds > 0 && seconds <= mostSeconds ? seconds : undefined;
}

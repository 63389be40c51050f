// Step 7, validate: the input in normal form and in the shape that the contract names, or every violation at once.

import { z } from "zod";
import { isStream } from "../../contract/operation.ts";
import type { RegisteredOperation } from "../../contract/registry.ts";
import { AppError, type Violation } from "../../core/app-error.ts";
import { appError } from "../../core/catalogue.ts";
import type { Middleware } from "../call.ts";
import { normalizerOf } from "./input/normalize.ts";
import { ruleMessage } from "./input/rule-message.ts";
import { violationsFromIssues } from "./input/violations.ts";

/** Makes a handler's input of what came. */
export type InputParser = (raw: unknown) => unknown;

/**
 * Checks an input against the contract: trims, defaults, refuses unknown fields. Throws AppError VALIDATION_FAILED with
 * all violations, or VERSION_REQUIRED where a versioned write names no version.
 */
export function inputParser({ contract }: RegisteredOperation): InputParser {
  return contract.versioned ? schemaParser(contract.input, requireVersion) : schemaParser(contract.input);
}

function requireVersion(input: unknown): void {
  if (isObject(input) && input.version === undefined) throw appError("VERSION_REQUIRED");
}

/**
 * Checks values by a schema, in their normal form. `first` sees the normal form before the schema does. Throws AppError
 * VALIDATION_FAILED with all violations; what came as an error is thrown as it is.
 */
export function schemaParser(of: z.ZodType, first?: (normal: unknown) => void): InputParser {
  const normalize = normalizerOf(of);
  const schema = z.compile(of);
  return (raw) => {
    if (raw instanceof AppError) throw raw;
    const violations: Violation[] = [];
    const input = normalize(raw, [], violations);
    first?.(input);
    const parsed = schema.safeParse(input, worded);
    if (!parsed.success) {
      const broken = violations.map(({ path }) => path);
      violations.push(
        ...violationsFromIssues(parsed.error.issues).filter(({ path }) => !broken.some(isAtOrBelow(path))),
      );
    }
    if (violations.length > 0) throw validationFailed(violations);
    return parsed.data;
  };
}

const worded = { error: ruleMessage };

/** Whether a path is this one, or one inside it: what the schema says of text that has no normal form says nothing. */
function isAtOrBelow(path: string): (other: string) => boolean {
  return (other) => other === path || other.startsWith(`${path}.`) || other.startsWith(`${path}[`);
}

/** Step 7 for an operation. What a stream opens with may come as a message of its own, which is waited for here. */
export function validate(operation: RegisteredOperation): Middleware {
  const parse = inputParser(operation);
  if (isStream(operation.contract))
    return async (call, next) => {
      call.input = parse(await call.input);
      return next();
    };
  return (call, next) => {
    call.input = parse(call.input);
    return next();
  };
}

/** The error of broken rules, sorted by path, so that it is the same whatever order they were found in. */
export function validationFailed(violations: readonly Violation[]): AppError {
  return appError("VALIDATION_FAILED", {
    violations: violations.toSorted((a, b) => (a.path === b.path ? compare(a.rule, b.rule) : compare(a.path, b.path))),
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

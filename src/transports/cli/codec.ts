// The codec of the command line: flags and `--input` become an operation's raw input.

import type { Violation } from "../../core/app-error.ts";
import { appError } from "../../core/catalogue.ts";
import type { InputFlags } from "./flags.ts";
import { inputLimit, inputText } from "./input-text.ts";
import type { InputStream } from "./options.ts";

/** A raw input: not validated yet. */
export type RawInput = Record<string, unknown>;

/** What a command line says about the input. */
export interface GivenInput {
  /** One entry for each flag, in order: the field and what it says; null: cleared. */
  readonly flags: readonly (readonly [name: string, text: string | null])[];
  /** What stands after each `--input`. */
  readonly inputs: readonly string[];
}

/**
 * Reads the input. Throws AppError VALIDATION_FAILED with rule `repeated` for what is given twice, MALFORMED_BODY for
 * what is not one JSON object, BODY_TOO_LARGE above 1 MiB. A list that the operation needs and no flag names is empty.
 */
export async function decodeInput({ fields }: InputFlags, given: GivenInput, stdin: InputStream): Promise<RawInput> {
  const violations: Violation[] = [];
  if (given.inputs.length > 1) violations.push(repeated("input"));
  const [source] = given.inputs;
  const bytes = given.flags.reduce((sum, [, text]) => sum + Buffer.byteLength(text ?? ""), 0);
  if (bytes > inputLimit) throw appError("BODY_TOO_LARGE");
  const input = source === undefined ? {} : objectFromJson(await inputText(source, stdin));
  const groups = Map.groupBy(given.flags, ([name]) => name);
  for (const { name, list, required, convert } of fields) {
    const texts = (groups.get(name) ?? []).map(([, text]) => text);
    const single = !list || texts.includes(null);
    if (texts.length > 0 && (Object.hasOwn(input, name) || (single && texts.length > 1)))
      violations.push(repeated(name));
    else if (texts.length > 0) {
      const values = texts.map((text) => (text === null ? null : convert(text)));
      input[name] = single ? values[0] : values;
    } else if (list && required && source === undefined) input[name] = [];
  }
  if (violations.length > 0) throw appError("VALIDATION_FAILED", { violations: violations.toSorted(byPath) });
  return input;
}

function objectFromJson(text: string): RawInput {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw appError("MALFORMED_BODY", { message: "The input is not valid JSON" });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw appError("MALFORMED_BODY", { message: "The input is not a JSON object" });
  return value as RawInput; // an object that is no list
}

function byPath(a: Violation, b: Violation): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

function repeated(name: string): Violation {
  return { path: name, message: "Is given more than once", rule: "repeated" };
}

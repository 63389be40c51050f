// Makes the fields of a log line safe to print: sensitive fields are replaced, whatever depth they are found at.

import { snakeCase } from "../../core/text.ts";
import { errorRecord } from "../error-record.ts";

/** What stands in the place of a sensitive value. */
export const redacted = "[redacted]";

/** Names that are never printed, whatever the contracts say. */
const always = ["authorization", "cookie", "set-cookie", "password", "secret", "token", "accessToken", "refreshToken"];
const deepest = 8;
const longestList = 100;

/** Answers a copy that is plain JSON and may be printed. */
export type Redact = (fields: object) => Record<string, unknown>;

/**
 * Makes the function that all fields of log lines pass. An entry without a dot names a field at any depth, in camelCase
 * or snake_case; one with dots names a path from the line's own fields (`input.note`).
 * Guarantees: never throws, ends on cycles, never changes what it is given; bytes are shown by their number only.
 */
export function createRedaction(sensitive: readonly string[]): Redact {
  const names = new Set<string>();
  const paths = new Set<string>();
  for (const entry of [...always, ...sensitive]) {
    if (entry.includes(".")) paths.add(entry);
    else for (const form of [entry, snakeCase(entry), entry.toLowerCase()]) names.add(form);
  }
  const isHidden = (name: string, path: string): boolean =>
    names.has(name) || names.has(name.toLowerCase()) || (paths.size > 0 && paths.has(path));

  function plain(value: unknown, path: string, depth: number): unknown {
    if (typeof value === "bigint") return value.toString();
    if (typeof value !== "object" || value === null) return value;
    if (value instanceof Error) return errorRecord(value);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (depth >= deepest) return "[deeper]";
    if (Array.isArray(value)) return value.slice(0, longestList).map((item) => plain(item, path, depth + 1));
    if ("toJSON" in value && typeof value.toJSON === "function") return plain(value.toJSON(), path, depth + 1);
    return copy(value, path, depth);
  }

  function copy(fields: object, path: string, depth: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(fields)) {
      const at = path === "" ? name : `${path}.${name}`;
      result[name] = isHidden(name, at) ? redacted : plain(value, at, depth + 1);
    }
    return result;
  }

  return (fields) => {
    try {
      return fields instanceof Error ? { err: errorRecord(fields) } : copy(fields, "", 0);
    } catch {
      return { fields: "[unprintable]" };
    }
  };
}

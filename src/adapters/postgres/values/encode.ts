// How values become parameters: PostgreSQL's text form, by the kind of the JavaScript value alone, so that the server
// and the embedded database are given the same.

import { textFromArray } from "./array-text.ts";

/**
 * The text of a parameter; null for null and undefined. An array becomes an SQL array and any other object JSON, so a
 * JSON array must be given as text (`JSON.stringify`). A Uint8Array becomes bytea; base64 text has to be decoded by SQL.
 */
export function encodeValue(value: unknown): string | null {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "boolean":
      return String(value);
    case "undefined":
      return null;
    case "object":
      return value === null ? null : encodeObject(value);
    default:
      throw new TypeError(`a ${typeof value} cannot be a parameter of a statement`);
  }
}

function encodeObject(value: object): string {
  if (Array.isArray(value)) return textFromArray(value, encodeValue);
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString("hex")}`;
  return JSON.stringify(value);
}

/** All parameters of a statement. */
export function encodeValues(values: readonly unknown[]): (string | null)[] {
  return values.map(encodeValue);
}

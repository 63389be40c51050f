// The cursor of a keyset page: a position in one list, opaque to the caller.

import { hash } from "node:crypto";

const checkLength = 12;

/**
 * The cursor of a position. `list` names the list that it belongs to: table, order and conditions. Base64url.
 * Not a secret: it holds the values of the order's fields, and whoever makes one up only gets another place in a list
 * that he may read anyway.
 */
export function encodeCursor(list: string, position: readonly unknown[]): string {
  const values = JSON.stringify(position);
  return Buffer.from(check(list, values) + values).toString("base64url");
}

/** The position of a cursor; undefined if it belongs to another list or was altered. Its values are not yet checked. */
export function decodeCursor(list: string, cursor: string): readonly unknown[] | undefined {
  const bytes = Buffer.from(cursor, "base64url");
  if (bytes.toString("base64url") !== cursor) return undefined;
  const text = bytes.toString();
  const values = text.slice(checkLength);
  if (check(list, values) !== text.slice(0, checkLength)) return undefined;
  try {
    const position: unknown = JSON.parse(values);
    return Array.isArray(position) ? position : undefined;
  } catch {
    return undefined;
  }
}

function check(list: string, values: string): string {
  return hash("sha256", `${list}\n${values}`, "base64url").slice(0, checkLength);
}

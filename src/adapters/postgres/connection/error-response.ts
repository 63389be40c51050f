// The server's error response: fields by one letter each, made into an error.

import type { ServerError } from "../errors.ts";

/** An error that the server has sent. */
export class ErrorResponse extends Error implements ServerError {
  override readonly name = "ErrorResponse";
  readonly severity: string;
  readonly code: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  /** In characters of the statement's text, from 1. */
  readonly position: string | undefined;
  readonly where: string | undefined;
  readonly schema: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
  readonly constraint: string | undefined;

  constructor(fields: ReadonlyMap<string, string>) {
    super(fields.get("M") ?? "The server told an error without a message");
    // V is S in English, whatever the server's language.
    this.severity = fields.get("V") ?? fields.get("S") ?? "ERROR";
    this.code = fields.get("C") ?? "XX000";
    this.detail = fields.get("D");
    this.hint = fields.get("H");
    this.position = fields.get("P");
    this.where = fields.get("W");
    this.schema = fields.get("s");
    this.table = fields.get("t");
    this.column = fields.get("c");
    this.constraint = fields.get("n");
  }
}

/** The error of a message's content. */
export function errorFromBytes(bytes: Buffer, start: number, end: number): ErrorResponse {
  const fields = new Map<string, string>();
  for (const field of bytes.toString("utf8", start, end).split("\0")) fields.set(field.charAt(0), field.slice(1));
  return new ErrorResponse(fields);
}

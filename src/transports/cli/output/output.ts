// An operation's answer as text: a table on a terminal, tab-separated lines in a pipe, or exact JSON.

import type { z } from "zod";
import type { Operation } from "../../../contract/operation.ts";
import { unwrap } from "../../../contract/text-field.ts";
import { printableJson } from "./printable.ts";
import { alignedRecord, alignedTable, compactLine, type Rows, tabSeparated } from "./table.ts";

/** How values are written. */
export interface OutputForm {
  readonly json: boolean;
  readonly isTerminal: boolean;
  /** Whether headings are bold. */
  readonly bold: boolean;
}

/** The text of an answer; empty where the operation answers nothing. */
export function outputText({ output }: Operation, value: unknown, form: OutputForm): string {
  if (output === undefined) return "";
  if (form.json) return jsonText(value, form);
  const list = listOf(output, value);
  if (list !== undefined) return rowsText(list, form);
  const record = { columns: columnsOf(output, [value]), rows: [rowOf(value)] };
  return form.isTerminal ? alignedRecord(record, form.bold) : tabSeparated(record);
}

/** The text of one answer of a stream: a line. JSON wherever a program reads it, for nobody knows the answers to come. */
export function answerText({ output }: Operation, value: unknown, form: OutputForm): string {
  if (output === undefined || form.json || !form.isTerminal) return jsonText(value, form);
  return compactLine({ columns: columnsOf(output, [value]), rows: [rowOf(value)] }, form.bold);
}

/** Rows as text. */
export function rowsText(rows: Rows, form: OutputForm): string {
  if (form.json) return jsonText(rows.rows, form);
  return form.isTerminal ? alignedTable(rows, form.bold) : tabSeparated(rows);
}

/** The cursor of the next page, where the answer is a list that has one. */
export function nextCursorOf(value: unknown): string | undefined {
  return isObject(value) && Array.isArray(value.items) && typeof value.nextCursor === "string"
    ? value.nextCursor
    : undefined;
}

/** A terminal is shown the same JSON with control characters escaped: JSON.stringify leaves some as they are. */
function jsonText(value: unknown, { isTerminal }: OutputForm): string {
  const json = JSON.stringify(value) ?? "null";
  return `${isTerminal ? printableJson(json) : json}\n`;
}

/** A page is shown as its items; an answer that says more than a page does is shown whole. */
function listOf(output: z.ZodType, value: unknown): Rows | undefined {
  const items = Array.isArray(value) ? value : isObject(value) && isPage(value) ? value.items : undefined;
  if (!Array.isArray(items)) return undefined;
  return { columns: columnsOf(itemSchemaOf(output), items), rows: items.map(rowOf) };
}

function isPage(value: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(value).every((key) => key === "items" || key === "nextCursor");
}

function itemSchemaOf(output: z.ZodType): z.core.$ZodType | undefined {
  const items = shapeOf(output)?.items ?? output;
  const { def } = (unwrap(items) as z.core.$ZodTypes)._zod; // every schema of zod's is one of these
  return def.type === "array" ? def.element : undefined;
}

/** The contract's own fields in its order, so that an absent value does not move a column; else what the values have. */
function columnsOf(schema: z.core.$ZodType | undefined, values: readonly unknown[]): readonly string[] {
  const shape = schema === undefined ? undefined : shapeOf(schema);
  return Object.keys(shape ?? Object.assign({}, ...values.map(rowOf)));
}

function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  const { def } = (unwrap(schema) as z.core.$ZodTypes)._zod; // every schema of zod's is one of these
  return def.type === "object" ? def.shape : undefined;
}

function rowOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : { value };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

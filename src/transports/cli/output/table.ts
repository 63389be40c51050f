// Rows as text: aligned columns for a person, tab-separated values for a program.

import { escaped, printable } from "./printable.ts";
import { padded, textWidth } from "./width.ts";

/** What is shown: named columns, and for each row a value by column. */
export interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Aligned columns under a heading. Values stand on one line each. */
export function alignedTable({ columns, rows }: Rows, bold: boolean): string {
  const lines = rows.map((row) => columns.map((column) => printable(cellText(row[column]))));
  const names = columns.map(printable);
  const widths = names.map((name, index) =>
    Math.max(textWidth(name), ...lines.map((line) => textWidth(line[index] ?? ""))),
  );
  const aligned = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => padded(cell, widths[index] ?? 0))
      .join("  ")
      .trimEnd();
  return text([heading(aligned(names), bold), ...lines.map(aligned)]);
}

/** One row, a line for each column. Columns without a value are left out. */
export function alignedRecord({ columns, rows }: Rows, bold: boolean): string {
  const row = rows[0] ?? {};
  const shown = columns.filter((column) => row[column] !== undefined);
  const lines = shown.map((column) => [printable(column), printable(cellText(row[column]))] as const);
  const width = Math.max(0, ...lines.map(([name]) => textWidth(name)));
  return text(lines.map(([name, value]) => `${heading(padded(name, width), bold)}  ${value}`.trimEnd()));
}

/** One row on one line, `name=value`, for what comes row by row. Columns without a value are left out. */
export function compactLine({ columns, rows }: Rows, bold: boolean): string {
  const row = rows[0] ?? {};
  const shown = columns.filter((column) => row[column] !== undefined && row[column] !== null);
  const fields = shown.map((column) => `${heading(printable(column), bold)}=${printable(cellText(row[column]))}`);
  return `${fields.join("  ")}\n`;
}

/** A heading line and a line for each row; tabs, line ends, backslashes and control characters are escaped. */
export function tabSeparated({ columns, rows }: Rows): string {
  return text([
    columns.map(escaped).join("\t"),
    ...rows.map((row) => columns.map((column) => escaped(cellText(row[column]))).join("\t")),
  ]);
}

function cellText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function heading(line: string, bold: boolean): string {
  return bold ? `\u001b[1m${line}\u001b[22m` : line;
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

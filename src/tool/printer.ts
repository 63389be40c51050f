// What a command of the tool prints: data to stdout as a table, tab-separated lines or JSON; talk to stderr.

import { writeText } from "../transports/cli/output/outlet.ts";
import { rowsText } from "../transports/cli/output/output.ts";
import { printable, printableJson } from "../transports/cli/output/printable.ts";
import { alignedRecord, type Rows, tabSeparated } from "../transports/cli/output/table.ts";

/** Prints for one command line. */
export interface Printer {
  /** Any number of rows. A terminal is shown no heading without rows. */
  rows(rows: Rows): Promise<void>;
  /** One thing: a line for each of its fields on a terminal; JSON has it as it is. */
  record(value: Readonly<Record<string, unknown>>): Promise<void>;
  /** A line for a person. */
  say(line: string): Promise<void>;
}

/** The printer of this process. */
export function createPrinter(json: boolean): Printer {
  const { stdout, stderr, env } = process;
  const isTerminal = stdout.isTTY === true;
  const bold = isTerminal && !env.NO_COLOR && env.TERM !== "dumb";
  return {
    rows(rows) {
      if (isTerminal && !json && rows.rows.length === 0) return Promise.resolve();
      return writeText(stdout, rowsText(rows, { json, isTerminal, bold }));
    },
    record(value) {
      if (json) {
        const text = JSON.stringify(value);
        return writeText(stdout, `${isTerminal ? printableJson(text) : text}\n`);
      }
      const record = { columns: Object.keys(value), rows: [value] };
      return writeText(stdout, isTerminal ? alignedRecord(record, bold) : tabSeparated(record));
    },
    say: (line) => writeText(stderr, `${printable(line)}\n`),
  };
}

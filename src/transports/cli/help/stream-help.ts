// What help says of streams: which way they go, and what stands on a line of the standard input.

import type { Kind, Operation } from "../../../contract/operation.ts";
import { fieldSchemas, isRequired, withoutNull } from "./example.ts";
import { fieldFacts, placeholder } from "./field-help.ts";

const marks: Partial<Record<Kind, string>> = {
  serverStream: "streams answers",
  clientStream: "streams items",
  bidiStream: "streams both ways",
};

const takes = "Takes its items from the standard input: one JSON object on each line, until it ends.";
const sends = "Answers line by line: JSON in a pipe and with --json, one object on each line.";

const introductions: Partial<Record<Kind, string>> = {
  serverStream: sends,
  clientStream: takes,
  bidiStream: `${takes}\n${sends}`,
};

/** The summary as a list of commands shows it. */
export function markedSummary({ kind, summary }: Operation): string {
  const mark = marks[kind];
  return mark === undefined ? summary : `${summary} (${mark})`;
}

/** Which way an operation streams; nothing for one that does not. */
export function streamIntroduction({ kind }: Operation): string[] {
  const text = introductions[kind];
  return text === undefined ? [] : [text];
}

/** The fields of an item, a line each. */
export function itemSection({ item }: Operation): string[] {
  if (item === undefined) return [];
  const fields = Object.entries(fieldSchemas(item)).map(([name, schema]) => {
    const { type } = withoutNull(schema);
    const form = type === "array" ? "list" : type === "object" || type === undefined ? "JSON" : undefined;
    const facts = fieldFacts({ required: isRequired(item, name), list: false }, schema);
    return [`${name} <${form ?? placeholder(withoutNull(schema))}>`, facts] as const;
  });
  const width = Math.max(0, ...fields.map(([term]) => term.length));
  const lines = fields.map(([term, facts]) => `  ${term.padEnd(width)}  ${facts}`.trimEnd());
  return [["Item, a JSON object on a line of the standard input:", ...lines].join("\n")];
}

// The reference of all variables, as the docs show it.

import type { Variable } from "./variable.ts";
import { variableList } from "./variables.ts";

/** A Markdown table of every variable: name, default, what is expected, what it is for. */
export function configurationTable(): string {
  const rows = variableList.map(
    (variable) =>
      `| \`${variable.name}\` | ${fallbackCell(variable)} | ${cell(variable.kind.expected)} | ${cell(variable.describe)} |`,
  );
  return ["| Variable | Default | Expected | What it is |", "| --- | --- | --- | --- |", ...rows, ""].join("\n");
}

function fallbackCell({ fallback }: Variable<unknown>): string {
  if (fallback === undefined) return "not set";
  if (typeof fallback === "string") return fallback === "" ? "empty" : `\`${fallback}\``;
  return `\`${fallback.development}\`; in production \`${fallback.production}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

// npm run model: explores the executable model of the coherent cache (src/cache/model) and prints what was found.
// --full adds the large configurations (minutes, gigabytes); --trace <part>[,<part>] tells a shortest counter-example
// without these parts. Fails when a result is not the expected one.

import { parseArgs } from "node:util";
import * as cases from "../src/cache/model/cases.ts";
import { nameOf } from "../src/cache/model/configuration.ts";
import { check } from "../src/cache/model/model.ts";
import { type Part, parts } from "../src/cache/model/parts.ts";

const { values } = parseArgs({ options: { full: { type: "boolean" }, trace: { type: "string" } } });

if (values.trace !== undefined) tell(values.trace);
else {
  table("The whole protocol", values.full ? [...cases.wholeCases, ...cases.largeCases] : cases.wholeCases);
  table("One part left out", cases.omissionCases);
  table("Outside the assumptions", cases.assumptionCases);
  table("Redundant beside the rest, and where that ends", cases.redundancyCases);
}

function table(title: string, rows: readonly cases.Case[]): void {
  console.log(`\n${title}`);
  for (const row of rows) {
    const begun = performance.now();
    const { states, broken, trace } = check(row.configuration, row.leftOut);
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    const result = broken === undefined ? "holds" : `breaks ${broken} in ${trace.length} steps`;
    const unexpected = broken === row.breaks ? "" : `  EXPECTED ${row.breaks ?? "holds"}`;
    if (unexpected !== "") process.exitCode = 1;
    console.log(
      `${String(states).padStart(9)} states ${seconds.padStart(5)} s  ${result.padEnd(23)}  ${nameOfCase(row)}${unexpected}`,
    );
  }
}

function nameOfCase({ leftOut, configuration }: cases.Case): string {
  const left = leftOut.map((part) => `${parts[part]} (${part})`).join(" + ");
  return left === "" ? nameOf(configuration) : `${left} · ${nameOf(configuration)}`;
}

function tell(names: string): void {
  const asked = names.split(",");
  const rows = [...cases.omissionCases, ...cases.redundancyCases];
  const row = rows.find(({ leftOut }) => leftOut.length === asked.length && asked.every((name) => isIn(leftOut, name)));
  if (row === undefined) {
    const known = rows.map(({ leftOut }) => leftOut.join(","));
    console.error(`${names} is not explored. There are: ${[...new Set(known)].join("  ")}`);
    process.exitCode = 1;
    return;
  }
  const { states, broken, trace } = check(row.configuration, row.leftOut);
  console.log(`${nameOfCase(row)}\n`);
  trace.forEach((step, index) => {
    console.log(`${String(index + 1).padStart(3)}. ${step}`);
  });
  console.log(broken === undefined ? `Nothing is broken in ${states} states.` : `That breaks ${broken}.`);
}

function isIn(leftOut: readonly Part[], name: string): boolean {
  return leftOut.some((part) => part === name);
}

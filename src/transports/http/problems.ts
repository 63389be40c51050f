// What this road cannot carry of an app's operations: found at start, all at once, naming operation and field.

import type { RegisteredOperation, Registry } from "../../contract/registry.ts";
import { pathParams } from "../../contract/route.ts";
import { inputProblems } from "./codec.ts";

/** Everything that is wrong with an app's operations on the HTTP road; empty: nothing. */
export function problems(registry: Registry): string[] {
  return registry.operations.flatMap((operation) =>
    [...inputProblems(operation), ...locationProblems(operation), ...dateProblems(operation)].map(
      (problem) => `${operation.id}: ${problem}`,
    ),
  );
}

function locationProblems({ contract, route }: RegisteredOperation): string[] {
  const { output } = contract;
  const shape = output !== undefined && "shape" in output ? (output.shape as object) : {}; // only object schemas have a shape
  return pathParams(route.location ?? "")
    .filter((name) => !Object.hasOwn(shape, name))
    .map((name) => `the location names {${name}}, which is not a field of the output`);
}

function dateProblems({ contract }: RegisteredOperation): string[] {
  const { since, sunset } = contract.deprecated ?? {};
  return Object.entries({ since, sunset })
    .filter(([, date]) => date !== undefined && Number.isNaN(Date.parse(date)))
    .map(([name, date]) => `deprecated.${name} "${date}" is no date: write 2026-11-22`);
}

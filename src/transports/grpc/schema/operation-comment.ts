// What the .proto file says about an operation.

import type { RegisteredOperation } from "../../../contract/registry.ts";

/** Summary, description, the HTTP route and the deprecation of an operation, as lines of text. */
export function operationComment({ contract, route }: RegisteredOperation): string {
  const parts = [`${contract.summary}.`];
  if (contract.description !== undefined) parts.push(contract.description);
  parts.push(`HTTP: ${route.method} ${route.path}`);
  if (contract.deprecated !== undefined) {
    const { since, sunset, use } = contract.deprecated;
    const end = sunset === undefined ? "" : `, may be gone after ${sunset}`;
    const instead = use === undefined ? "" : `; use ${use}`;
    parts.push(`Deprecated since ${since}${end}${instead}.`);
  }
  return parts.join("\n\n");
}

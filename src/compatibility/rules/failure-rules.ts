// What breaks those who tell an operation's declared failures apart. A new failure breaks nobody: its code says enough.

import type { Change } from "../change.ts";
import type { ContractForm } from "../form/contract-form.ts";
import { schemaChanges } from "./schema-rules.ts";

/** The breaking changes of failures, each told once however many operations declare it. */
export function failureChanges(old: ContractForm, now: ContractForm): Change[] {
  const [before, after] = [failuresOf(old), failuresOf(now)];
  return [...before].flatMap(([reason, was]) => {
    const is = after.get(reason);
    if (is === undefined) return [];
    const place = `failure ${reason}`;
    const code: Change[] =
      was.code === is.code
        ? []
        : [
            {
              name: `${place}: code ${was.code} to ${is.code}`,
              side: "contract",
              breaks: "who acts on code or status",
            },
          ];
    const details = schemaChanges(
      place,
      "output",
      { schema: was.details, models: old.models.output },
      { schema: is.details, models: now.models.output },
    );
    return [...code, ...details];
  });
}

function failuresOf({ operations }: ContractForm) {
  return new Map(Object.values(operations).flatMap(({ failures }) => Object.entries(failures)));
}

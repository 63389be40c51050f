// What breaks those who give or get a model. It is told once, whatever uses it; events follow their models by themselves.

import type { Change } from "../change.ts";
import type { ContractForm, SchemaForm } from "../form/contract-form.ts";
import { schemaChanges } from "./schema-rules.ts";

/** The breaking changes of the models that operations use, before as now. */
export function modelChanges(old: ContractForm, now: ContractForm): Change[] {
  return (["input", "output"] as const).flatMap((direction) => {
    const [was, is] = [old.models[direction], now.models[direction]];
    const [before, after] = [usedModels(old, direction), usedModels(now, direction)];
    return [...before]
      .filter((name) => after.has(name))
      .flatMap((name) => {
        const place = direction === "input" ? `model ${name} as input` : `model ${name}`;
        const [a, b] = [was[name], is[name]];
        if (a === undefined || b === undefined) return [];
        return schemaChanges(place, direction, { schema: a, models: was }, { schema: b, models: is });
      });
  });
}

/** The models that operations use in a direction, through other models, too. */
function usedModels({ operations, models }: ContractForm, direction: "input" | "output"): Set<string> {
  const used = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { $ref } = value as SchemaForm; // a look at one property
    if (typeof $ref === "string" && $ref.startsWith("#/models/")) {
      const name = $ref.slice("#/models/".length);
      if (used.has(name)) return;
      used.add(name);
      visit(models[direction][name]);
    }
    for (const part of Object.values(value)) visit(part);
  };
  for (const { input, item, output, failures } of Object.values(operations))
    visit(direction === "input" ? [input, item] : [output, failures]);
  return used;
}

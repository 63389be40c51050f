// Which package each model's message lives in: that of the one service that uses it, or of the owner it names.

import type { z } from "zod";
import { modelInfo } from "../../../contract/model.ts";
import type { Registry } from "../../../contract/registry.ts";
import { wireKindOf } from "../../../contract/schema.ts";
import type { ServiceInfo } from "../../../contract/service.ts";
import { packageName } from "./names.ts";

/** A model with the service whose package holds its message. */
export interface ModelHome {
  readonly name: string;
  readonly schema: z.core.$ZodObject;
  readonly service: ServiceInfo;
}

interface Use {
  readonly schema: z.core.$ZodObject;
  readonly services: Set<ServiceInfo>;
}

/** The homes of all models that operations use, in the order of first use. Problems are added to the list given. */
export function modelHomes(registry: Registry, problems: string[]): ModelHome[] {
  const uses = new Map<string, Use>();
  const services = new Set<ServiceInfo>();
  for (const { service, contract } of registry.operations) {
    services.add(service);
    const seen = new Set<z.core.$ZodType>();
    for (const schema of [contract.input, contract.item, contract.output].filter((each) => each !== undefined))
      visit(schema, seen, (name, model) => {
        const use = uses.get(name) ?? { schema: model, services: new Set() };
        if (!sameFields(use.schema, model))
          problems.push(`model "${name}" is declared twice: declare it once and import it`);
        uses.set(name, use);
        use.services.add(service);
      });
  }
  return [...uses].flatMap(([name, use]) => {
    const service = homeOf(name, use, [...services], registry.app, problems);
    return service === undefined ? [] : [{ name, schema: use.schema, service }];
  });
}

function homeOf(
  name: string,
  use: Use,
  services: readonly ServiceInfo[],
  app: string,
  problems: string[],
): ServiceInfo | undefined {
  const owner = modelInfo(use.schema)?.owner;
  if (owner !== undefined) {
    const versions = services.filter((service) => service.name === owner).sort((a, b) => a.version - b.version);
    if (versions.length === 0) problems.push(`model "${name}": its owner "${owner}" is not a service of this app`);
    return versions[0];
  }
  const [first, ...others] = use.services;
  if (others.length === 0) return first;
  const packages = [...use.services].map((service) => packageName(app, service)).join(", ");
  problems.push(`model "${name}" is used by ${packages}: say which service holds it: model(name, shape, { owner })`);
  return undefined;
}

/** Two clones of one model (a description, a check) share their fields. */
function sameFields(a: z.core.$ZodObject, b: z.core.$ZodObject): boolean {
  const keys = Object.keys(a._zod.def.shape);
  return (
    keys.length === Object.keys(b._zod.def.shape).length &&
    keys.every((key) => a._zod.def.shape[key] === b._zod.def.shape[key])
  );
}

const deepest = 64;

function visit(
  schema: z.core.$ZodType,
  seen: Set<z.core.$ZodType>,
  found: (name: string, model: z.core.$ZodObject) => void,
  depth = 0,
): void {
  if (seen.has(schema) || depth > deepest || wireKindOf(schema) !== undefined) return;
  seen.add(schema);
  const info = modelInfo(schema);
  if (info !== undefined) found(info.name, schema as z.core.$ZodObject); // only `model` registers, and it makes objects
  for (const child of childrenOf(schema as z.core.$ZodTypes)) visit(child, seen, found, depth + 1); // zod's own classes
}

function childrenOf(schema: z.core.$ZodTypes): readonly z.core.$ZodType[] {
  const { def } = schema._zod;
  switch (def.type) {
    case "object":
      return Object.values(def.shape);
    case "union":
      return def.options;
    case "array":
      return [def.element];
    case "record":
      return [def.valueType];
    case "lazy":
      return [def.getter()];
    case "pipe":
      return [def.in, def.out];
    default:
      return "innerType" in def ? [def.innerType] : [];
  }
}

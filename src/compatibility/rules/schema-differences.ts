// How two JSON Schemas differ, in the words of the rules: pure, and without a judgement of whom it breaks.

import type { SchemaForm } from "../form/contract-form.ts";
import { constraintDifferences } from "./constraints.ts";
import type { Difference } from "./difference.ts";

/** A schema with the models that it refers to. */
export interface Placed {
  readonly schema: SchemaForm;
  readonly models: Readonly<Record<string, SchemaForm>>;
}

/**
 * The differences. A model that both refer to by the same name is left out, as it is compared by itself, unless `deep`
 * says that it is to be followed.
 */
export function schemaDifferences(old: Placed, now: Placed, deep = false): Difference[] {
  const visited = new Set<string>();
  const compare = (before: SchemaForm, after: SchemaForm, path: string): Difference[] => {
    const [a, b] = [split(before, old.models), split(after, now.models)];
    const own: Difference[] =
      a.nullable === b.nullable ? [] : [{ path, kind: a.nullable ? "nullRefused" : "nullAllowed", what: "null" }];
    if (a.model !== undefined && b.model !== undefined) {
      const pair = `${a.model} ${b.model}`;
      if (visited.has(pair) || (a.model === b.model && !deep)) return [...own, ...presetDifferences(a, b, path)];
      visited.add(pair);
    }
    return [...own, ...valueDifferences(a, b, path, compare)];
  };
  return compare(old.schema, now.schema, "");
}

type Compare = (before: SchemaForm, after: SchemaForm, path: string) => Difference[];

/** A schema without null: one form, or the members of a union. */
interface Split {
  readonly nullable: boolean;
  /** The name of the model that it refers to. */
  readonly model: string | undefined;
  /** A model's own form, with what stands beside the reference. */
  readonly form: SchemaForm;
  readonly members: readonly Member[] | undefined;
}

/** As it is written, which may be a reference, and its own form. */
interface Member {
  readonly schema: SchemaForm;
  readonly form: SchemaForm;
}

function split(schema: SchemaForm, models: Placed["models"]): Split {
  const { model, form } = dereferenced(schema, models);
  const options = (form.anyOf ?? form.oneOf) as readonly SchemaForm[] | undefined; // JSON Schema has it so
  if (options === undefined) return { ...withoutNull(form), model, members: undefined };
  const values = options.filter(({ type }) => type !== "null");
  const nullable = values.length < options.length;
  const [only, ...others] = values;
  if (only === undefined || others.length > 0) {
    const members = values.map((value) => ({ schema: value, form: dereferenced(value, models).form }));
    return { nullable, model, form, members };
  }
  const inner = split({ ...only, ...(form.default === undefined ? {} : { default: form.default }) }, models);
  return { ...inner, nullable: nullable || inner.nullable };
}

/** `type: ["string", "null"]` is how null stands beside a type that says nothing else. */
function withoutNull(form: SchemaForm): { nullable: boolean; form: SchemaForm } {
  if (!Array.isArray(form.type)) return { nullable: form.type === "null", form };
  const types: readonly unknown[] = form.type.filter((type) => type !== "null");
  return { nullable: types.length < form.type.length, form: { ...form, type: types.length === 1 ? types[0] : types } };
}

function dereferenced(schema: SchemaForm, models: Placed["models"]): Pick<Split, "model" | "form"> {
  const name = typeof schema.$ref === "string" ? schema.$ref.replace("#/models/", "") : undefined;
  const form = name === undefined ? undefined : models[name];
  if (form === undefined) return { model: undefined, form: schema };
  const { $ref: _, ...beside } = schema;
  return { model: name, form: { ...form, ...beside } };
}

function valueDifferences(a: Split, b: Split, path: string, compare: Compare): Difference[] {
  const preset = presetDifferences(a, b, path);
  if (a.members !== undefined || b.members !== undefined) {
    const [before, after] = [membersOf(a), membersOf(b)];
    if (before !== undefined && after !== undefined)
      return [...preset, ...unionDifferences(before, after, path, compare)];
  }
  const [before, after] = [typeOf(a), typeOf(b)];
  if (before === after) return [...preset, ...sameTypeDifferences(before, a.form, b.form, path, compare)];
  const what = `${before} to ${after}`;
  const [isNarrower, isWider] = [isWithin(after, before), isWithin(before, after)];
  if (!isNarrower && !isWider) return [{ path, kind: "typeChanged", what }];
  const isNumber = isNarrower ? before === "number" : after === "number";
  return [
    { path, kind: isNarrower ? "typeNarrowed" : "typeWidened", what },
    ...preset,
    ...(isNumber ? constraintDifferences(a.form, b.form, path) : []),
  ];
}

/** A union of one member is written as that member. */
function membersOf({ members, form }: Split): readonly Member[] | undefined {
  const alone = [{ schema: form, form }];
  return members ?? (discriminatorOf(alone) === undefined ? undefined : alone);
}

function typeOf({ form, members }: Split): string {
  if (members !== undefined) return "union";
  if (form.type === "object") return form.properties === undefined && form.additionalProperties ? "map" : "object";
  if (Array.isArray(form.type)) return form.type.toSorted().join(" or ");
  if (typeof form.type === "string") return form.type;
  return form.const === undefined && form.enum === undefined ? "any" : "value";
}

/** Whether each value of a type is one of the other, too. */
function isWithin(narrow: string, wide: string): boolean {
  const types = wide.split(" or ");
  const holds = (type: string): boolean => types.includes(type) || (type === "integer" && types.includes("number"));
  return wide === "any" || narrow.split(" or ").every(holds);
}

function sameTypeDifferences(type: string, a: SchemaForm, b: SchemaForm, path: string, compare: Compare): Difference[] {
  const own = [...valueListDifferences(a, b, path), ...constraintDifferences(a, b, path)];
  if (type === "object") return [...own, ...objectDifferences(a, b, path, compare)];
  if (type === "array") return [...own, ...compare(part(a.items), part(b.items), `${path}[]`)];
  if (type === "map")
    return [...own, ...compare(part(a.additionalProperties), part(b.additionalProperties), `${path}{}`)];
  return own;
}

function presetDifferences({ form: a }: Split, { form: b }: Split, path: string): Difference[] {
  if (a.default === undefined || JSON.stringify(a.default) === JSON.stringify(b.default)) return [];
  const now = b.default === undefined ? "none" : JSON.stringify(b.default);
  return [{ path, kind: "defaultChanged", what: `${JSON.stringify(a.default)} to ${now}` }];
}

function valueListDifferences(a: SchemaForm, b: SchemaForm, path: string): Difference[] {
  const [before, after] = [valuesOf(a), valuesOf(b)];
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [{ path, kind: "typeNarrowed", what: "any value to a list of values" }];
  if (after === undefined) return [{ path, kind: "typeWidened", what: "a list of values to any value" }];
  return [
    ...before
      .filter((value) => !after.includes(value))
      .map((what): Difference => ({ path, kind: "valueRemoved", what })),
    ...after.filter((value) => !before.includes(value)).map((what): Difference => ({ path, kind: "valueAdded", what })),
  ];
}

function valuesOf({ const: only, enum: list }: SchemaForm): readonly string[] | undefined {
  const values = only === undefined ? (list as readonly unknown[] | undefined) : [only]; // JSON Schema has it so
  return values?.map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
}

function objectDifferences(a: SchemaForm, b: SchemaForm, path: string, compare: Compare): Difference[] {
  const [before, after] = [fieldsOf(a), fieldsOf(b)];
  const [had, has] = [requiredOf(a), requiredOf(b)];
  const open = a.additionalProperties !== false;
  const differences: Difference[] = [];
  if (open !== (b.additionalProperties !== false))
    differences.push({ path, kind: open ? "closed" : "opened", what: "unknown fields" });
  for (const [name, field] of Object.entries(before)) {
    const next = Object.hasOwn(after, name) ? after[name] : undefined;
    const at = `${path}.${name}`;
    if (next === undefined) differences.push({ path: at, kind: "fieldRemoved", what: name });
    else {
      if (had.includes(name) !== has.includes(name))
        differences.push({ path: at, kind: has.includes(name) ? "fieldRequired" : "fieldOptional", what: name });
      differences.push(...compare(field, next, at));
    }
  }
  for (const name of Object.keys(after).filter((each) => !Object.hasOwn(before, each)))
    differences.push({
      path: `${path}.${name}`,
      kind: has.includes(name) ? "requiredFieldAdded" : "fieldAdded",
      what: name,
    });
  return differences;
}

function fieldsOf({ properties = {} }: SchemaForm): Readonly<Record<string, SchemaForm>> {
  return properties as Readonly<Record<string, SchemaForm>>; // JSON Schema has it so
}

function requiredOf({ required = [] }: SchemaForm): readonly string[] {
  return required as readonly string[]; // JSON Schema has it so
}

function part(schema: unknown): SchemaForm {
  return typeof schema === "object" && schema !== null ? { ...schema } : {};
}

/** Members are told apart by the field that is one value in each of them. */
function unionDifferences(
  before: readonly Member[],
  after: readonly Member[],
  path: string,
  compare: Compare,
): Difference[] {
  const tag = discriminatorOf([...before, ...after]);
  if (tag === undefined) {
    const same = JSON.stringify(before) === JSON.stringify(after);
    return same ? [] : [{ path, kind: "typeChanged", what: "the members of the union" }];
  }
  const tagOf = ({ form }: Member): string => String(fieldsOf(form)[tag]?.const);
  const next = new Map(after.map((member) => [tagOf(member), member]));
  const known = new Set(before.map(tagOf));
  return [
    ...before.flatMap((member): Difference[] => {
      const what = tagOf(member);
      const now = next.get(what);
      if (now === undefined) return [{ path, kind: "memberRemoved", what }];
      return compare(member.schema, now.schema, `${path}(${what})`);
    }),
    ...[...next.keys()]
      .filter((what) => !known.has(what))
      .map((what): Difference => ({ path, kind: "memberAdded", what })),
  ];
}

function discriminatorOf(members: readonly Member[]): string | undefined {
  const [first] = members;
  return Object.keys(first === undefined ? {} : fieldsOf(first.form)).find((name) =>
    members.every(({ form }) => fieldsOf(form)[name]?.const !== undefined),
  );
}

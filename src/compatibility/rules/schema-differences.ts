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
    const pair = `${before.$ref} ${after.$ref}`;
    if (before.$ref !== undefined && (visited.has(pair) || (before.$ref === after.$ref && !deep))) return [];
    if (before.$ref !== undefined) visited.add(pair);
    const [a, b] = [split(before, old.models), split(after, now.models)];
    const nulls: Difference[] =
      a.nullable === b.nullable ? [] : [{ path, kind: a.nullable ? "nullRefused" : "nullAllowed", what: "null" }];
    return [...nulls, ...valueDifferences(a, b, path, compare)];
  };
  return compare(old.schema, now.schema, "");
}

type Compare = (before: SchemaForm, after: SchemaForm, path: string) => Difference[];

/** A schema without null: one form, or the members of a union. */
interface Split {
  readonly nullable: boolean;
  readonly form: SchemaForm;
  readonly members: readonly SchemaForm[] | undefined;
}

function split(schema: SchemaForm, models: Placed["models"]): Split {
  const { form, default: preset } = dereferenced(schema, models);
  const options = (form.anyOf ?? form.oneOf) as readonly SchemaForm[] | undefined; // JSON Schema has it so
  if (options === undefined) return { ...withoutNull(form), members: undefined };
  const values = options.filter(({ type }) => type !== "null");
  const nullable = values.length < options.length;
  const [only, ...others] = values;
  if (only === undefined || others.length > 0)
    return { nullable, form, members: values.map((value) => dereferenced(value, models).form) };
  const inner = split({ ...only, ...(preset === undefined ? {} : { default: preset }) }, models);
  return { ...inner, nullable: nullable || inner.nullable };
}

/** `type: ["string", "null"]` is how null stands beside a type that says nothing else. */
function withoutNull(form: SchemaForm): { nullable: boolean; form: SchemaForm } {
  if (!Array.isArray(form.type)) return { nullable: form.type === "null", form };
  const types: readonly unknown[] = form.type.filter((type) => type !== "null");
  return { nullable: types.length < form.type.length, form: { ...form, type: types.length === 1 ? types[0] : types } };
}

/** A model's own form, with the default that stands beside the reference. */
function dereferenced(schema: SchemaForm, models: Placed["models"]): { form: SchemaForm; default: unknown } {
  const name = typeof schema.$ref === "string" ? schema.$ref.replace("#/models/", "") : undefined;
  const model = name === undefined ? undefined : models[name];
  if (model === undefined) return { form: schema, default: schema.default };
  const { $ref: _, ...beside } = schema;
  return { form: { ...model, ...beside }, default: schema.default };
}

function valueDifferences(a: Split, b: Split, path: string, compare: Compare): Difference[] {
  if (a.members !== undefined || b.members !== undefined) {
    const [before, after] = [membersOf(a), membersOf(b)];
    if (before !== undefined && after !== undefined) return unionDifferences(before, after, path, compare);
  }
  const [before, after] = [typeOf(a), typeOf(b)];
  if (before === after) return sameTypeDifferences(before, a.form, b.form, path, compare);
  const what = `${before} to ${after}`;
  if (before === "any" || (before === "number" && after === "integer")) return [{ path, kind: "typeNarrowed", what }];
  if (after === "any" || (before === "integer" && after === "number")) return [{ path, kind: "typeWidened", what }];
  return [{ path, kind: "typeChanged", what }];
}

/** A union of one member is written as that member. */
function membersOf({ members, form }: Split): readonly SchemaForm[] | undefined {
  return members ?? (discriminatorOf([form]) === undefined ? undefined : [form]);
}

function typeOf({ form, members }: Split): string {
  if (members !== undefined) return "union";
  if (form.type === "object") return form.properties === undefined && form.additionalProperties ? "map" : "object";
  return typeof form.type === "string"
    ? form.type
    : form.const === undefined && form.enum === undefined
      ? "any"
      : "value";
}

function sameTypeDifferences(type: string, a: SchemaForm, b: SchemaForm, path: string, compare: Compare): Difference[] {
  const own = [
    ...presetDifferences(a, b, path),
    ...valueListDifferences(a, b, path),
    ...constraintDifferences(a, b, path),
  ];
  if (type === "object") return [...own, ...objectDifferences(a, b, path, compare)];
  if (type === "array") return [...own, ...compare(part(a.items), part(b.items), `${path}[]`)];
  if (type === "map")
    return [...own, ...compare(part(a.additionalProperties), part(b.additionalProperties), `${path}{}`)];
  return own;
}

function presetDifferences(a: SchemaForm, b: SchemaForm, path: string): Difference[] {
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
    const next = after[name];
    const at = `${path}.${name}`;
    if (next === undefined) differences.push({ path: at, kind: "fieldRemoved", what: name });
    else {
      if (had.includes(name) !== has.includes(name))
        differences.push({ path: at, kind: has.includes(name) ? "fieldRequired" : "fieldOptional", what: name });
      differences.push(...compare(field, next, at));
    }
  }
  for (const name of Object.keys(after).filter((each) => before[each] === undefined))
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
  before: readonly SchemaForm[],
  after: readonly SchemaForm[],
  path: string,
  compare: Compare,
): Difference[] {
  const tag = discriminatorOf([...before, ...after]);
  if (tag === undefined) {
    const same = JSON.stringify(before) === JSON.stringify(after);
    return same ? [] : [{ path, kind: "typeChanged", what: "the members of the union" }];
  }
  const tagOf = (member: SchemaForm): string => String(fieldsOf(member)[tag]?.const);
  const next = new Map(after.map((member) => [tagOf(member), member]));
  const known = new Set(before.map(tagOf));
  return [
    ...before.flatMap((member): Difference[] => {
      const what = tagOf(member);
      const now = next.get(what);
      return now === undefined ? [{ path, kind: "memberRemoved", what }] : compare(member, now, `${path}(${what})`);
    }),
    ...[...next.keys()]
      .filter((what) => !known.has(what))
      .map((what): Difference => ({ path, kind: "memberAdded", what })),
  ];
}

function discriminatorOf(members: readonly SchemaForm[]): string | undefined {
  const [first] = members;
  return Object.keys(first === undefined ? {} : fieldsOf(first)).find((name) =>
    members.every((member) => fieldsOf(member)[name]?.const !== undefined),
  );
}

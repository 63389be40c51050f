// From a model and a table's options to the mapping that sources work with, with everything that is wrong about it.

import type { Model } from "../contract/model.ts";
import type { Shape } from "../contract/schema.ts";
import type { TableMapping } from "./row-source.ts";
import { type TableField, tableField } from "./table-field.ts";

/** What a table's options come down to. */
export interface MappingOptions {
  readonly name: string;
  readonly key?: string | readonly string[] | undefined;
  readonly version?: string | undefined;
  readonly partitions?: readonly string[] | undefined;
  readonly columns?: Shape | undefined;
  readonly unique?: readonly (readonly string[])[] | undefined;
  readonly affects?: readonly string[] | undefined;
}

/** A mapping, and what must be changed before an app can start with it. */
export interface CheckedMapping {
  readonly mapping: TableMapping;
  readonly problems: readonly string[];
}

const tableName = /^[a-z][a-z0-9_]{0,62}(\.[a-z][a-z0-9_]{0,62})?$/;
const fieldName = /^[a-z][A-Za-z0-9]*$/;
const maxColumnLength = 63;

/** The mapping of a table. Never throws: problems are listed, so that a start shows all of them at once. */
export function checkedMapping(model: Model, options: MappingOptions): CheckedMapping {
  const problems: string[] = [];
  const mapping: TableMapping = {
    name: options.name,
    fields: fieldsOf(model.shape, options.columns ?? {}, problems),
    key: typeof options.key === "object" ? options.key : [options.key ?? "id"],
    version: options.version,
    partitions: options.partitions ?? [],
    unique: options.unique ?? [],
    affects: options.affects,
  };
  if (!tableName.test(options.name)) problems.push("use a snake_case name, perhaps with a schema before a dot");
  problems.push(...keyProblems(mapping), ...roleProblems(mapping));
  return { mapping, problems: problems.map((problem) => `table "${options.name}": ${problem}`) };
}

function fieldsOf(shape: Shape, columns: Shape, problems: string[]): TableField[] {
  for (const name of Object.keys(columns))
    if (Object.hasOwn(shape, name)) problems.push(`columns.${name} is a field of the model already`);
  return Object.entries({ ...shape, ...columns }).flatMap(([name, schema]) => {
    const field = tableField(name, schema);
    if (!fieldName.test(name)) problems.push(`field "${name}": use a camelCase name`);
    if (field === undefined) problems.push(`field "${name}": no column keeps such values; use plain JSON values`);
    else if (field.column.length > maxColumnLength)
      problems.push(`field "${name}": its column's name is longer than ${maxColumnLength} characters`);
    return field ?? [];
  });
}

function keyProblems(mapping: TableMapping): string[] {
  if (mapping.key.length === 0) return ["the key has no fields"];
  const problems = mapping.key.flatMap((name) => scalarProblems(mapping, "key", name));
  for (const name of mapping.key) {
    if (fieldNamed(mapping, name)?.nullable) problems.push(`key "${name}": a key field cannot be optional or nullable`);
  }
  if (new Set(mapping.key).size < mapping.key.length) problems.push("the key names a field twice");
  return problems;
}

function roleProblems(mapping: TableMapping): string[] {
  const problems: string[] = [];
  const version = mapping.version === undefined ? undefined : fieldNamed(mapping, mapping.version);
  if (mapping.version !== undefined && (version?.kind !== "integer" || version.nullable))
    problems.push(`version "${mapping.version}" must be a required z.int() field`);
  for (const name of mapping.partitions) {
    problems.push(...scalarProblems(mapping, "partitions", name));
    if (name === mapping.version || name === "updatedAt")
      problems.push(`partitions "${name}" changes with every update`);
  }
  for (const name of mapping.unique.flat())
    if (fieldNamed(mapping, name) === undefined) problems.push(`unique "${name}" is not a field`);
  for (const name of ["createdAt", "updatedAt"]) {
    const field = fieldNamed(mapping, name);
    if (field !== undefined && field.kind !== "timestamp") problems.push(`${name} must be a timestamp()`);
  }
  return problems;
}

function scalarProblems(mapping: TableMapping, role: string, name: string): string[] {
  const field = fieldNamed(mapping, name);
  if (field === undefined) return [`${role} "${name}" is not a field`];
  return field.kind === "document" || field.kind === "bytes" ? [`${role} "${name}" must be a scalar field`] : [];
}

/** A field of a table by its name. */
export function fieldNamed(mapping: TableMapping, name: string): TableField | undefined {
  return mapping.fields.find((field) => field.name === name);
}

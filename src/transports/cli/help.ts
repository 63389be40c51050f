// What `--help` says beside commander's own layout: how each flag is filled, what can fail, an example.

import { accessRules } from "../../contract/access.ts";
import type { RegisteredOperation } from "../../contract/registry.ts";
import { codeTable } from "../../core/status.ts";
import { type CommandPath, exampleLine, fieldSchemas, type JsonSchema, withoutNull } from "./example.ts";
import type { FieldFlag, InputFlags } from "./flags.ts";

/** A line of a flag's help. */
export interface FlagHelp {
  /** `--limit <integer>` */
  readonly term: string;
  readonly description: string;
}

/** The help of an input's flags, by flag. */
export function flagHelp({ contract }: RegisteredOperation, { fields }: InputFlags): ReadonlyMap<string, FlagHelp> {
  const schemas = fieldSchemas(contract);
  const help = new Map<string, FlagHelp>();
  for (const field of fields) {
    const schema = schemas[field.name] ?? {};
    const { flag, negation, clearing, name } = field;
    const term = negation === undefined ? `${flag} <${placeholder(withoutNull(schema))}>` : flag;
    help.set(flag, { term, description: describe(field, schema) });
    if (negation !== undefined) help.set(negation, { term: negation, description: `${name} is false` });
    if (clearing !== undefined) help.set(clearing, { term: clearing, description: `${name} is null` });
  }
  return help;
}

function placeholder(schema: JsonSchema): string {
  if (schema.type === "array") return placeholder(withoutNull((schema.items ?? {}) as JsonSchema)); // JSON Schema has it so
  if (Array.isArray(schema.enum)) return schema.enum.join("|");
  if ("const" in schema) return String(schema.const);
  if (schema.type === "integer" || schema.type === "number") return schema.type;
  if (schema.format === "date-time") return "time";
  return schema.format === "uuid" || schema.format === "date" ? schema.format : "text";
}

function describe({ required, list }: FieldFlag, schema: JsonSchema): string {
  const { minimum, maximum, minLength, maxLength } = withoutNull(schema);
  const numbers = range(minimum, maximum, "");
  const lengths = range(minLength, maxLength, " characters");
  const fallback = schema.default === undefined || list ? undefined : `default ${JSON.stringify(schema.default)}`;
  const facts = [numbers ?? lengths, list ? "may be repeated" : undefined, required ? "required" : fallback];
  const text = facts.filter((fact) => fact !== undefined).join(", ");
  return typeof schema.description !== "string" ? text : `${schema.description}${text === "" ? "" : ` (${text})`}`;
}

/** The bounds that somebody chose: the ends of the safe integers say nothing. */
function range(least: unknown, most: unknown, unit: string): string | undefined {
  const from = typeof least === "number" && Number.MIN_SAFE_INTEGER < least ? least : undefined;
  const to = typeof most === "number" && most < Number.MAX_SAFE_INTEGER ? most : undefined;
  if (from !== undefined && to !== undefined) return `${from} to ${to}${unit}`;
  if (from !== undefined) return `at least ${from}${unit}`;
  return to === undefined ? undefined : `at most ${to}${unit}`;
}

/** What stands above the flags. */
export function operationIntroduction({ contract }: RegisteredOperation): string {
  const who = accessRules(contract.access).map((rule) => {
    if (rule === "public") return "anybody";
    if (rule === "user") return "any signed-in user";
    return "role" in rule ? `users with the role ${rule.role}` : `users with the scope ${rule.scope}`;
  });
  const { deprecated } = contract;
  return [
    `${contract.summary}.`,
    ...(contract.description === undefined ? [] : [contract.description]),
    ...(deprecated === undefined ? [] : [deprecationText(deprecated)]),
    `For ${who.join(" or ")}.`,
  ].join("\n");
}

/** `Deprecated since …` */
export function deprecationText({ since, sunset, use }: NonNullable<RegisteredOperation["contract"]["deprecated"]>) {
  const until = sunset === undefined ? "" : `; may be gone after ${sunset}`;
  return `Deprecated since ${since}${until}${use === undefined ? "" : `; use ${use} instead`}.`;
}

/** What stands beneath the flags. */
export function operationEpilogue(
  app: string,
  path: CommandPath,
  operation: RegisteredOperation,
  { others }: InputFlags,
): string {
  const { failures } = operation.contract;
  const width = Math.max(0, ...failures.map(({ reason }) => reason.length));
  const sections = [
    ...(others.length === 0 ? [] : [`Only by --input: ${others.join(", ")}`]),
    ...(failures.length === 0
      ? []
      : [
          [
            "Failures, with their exit codes:",
            ...failures.map(
              ({ reason, code, message }) => `  ${codeTable[code].exit}  ${reason.padEnd(width)}  ${message}`,
            ),
          ].join("\n"),
        ]),
    exampleSection(exampleLine(app, path, operation)),
  ];
  return `\n${sections.join("\n\n")}`;
}

/** An example under its heading. */
export function exampleSection(line: string): string {
  return `Example:\n  ${line}`;
}

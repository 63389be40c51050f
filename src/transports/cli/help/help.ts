// What `--help` says beside commander's own layout: how each flag is filled, what can fail, an example.

import { accessRules } from "../../../contract/access.ts";
import type { RegisteredOperation } from "../../../contract/registry.ts";
import { codeTable } from "../../../core/status.ts";
import type { InputFlags } from "../flags.ts";
import { type CommandPath, exampleLine, fieldSchemas, withoutNull } from "./example.ts";
import { fieldFacts, placeholder } from "./field-help.ts";
import { itemSection, streamIntroduction } from "./stream-help.ts";

/** A line of a flag's help. */
export interface FlagHelp {
  /** `--limit <integer>` */
  readonly term: string;
  readonly description: string;
}

/** The help of an input's flags, by flag. */
export function flagHelp({ contract }: RegisteredOperation, { fields }: InputFlags): ReadonlyMap<string, FlagHelp> {
  const schemas = fieldSchemas(contract.input);
  const help = new Map<string, FlagHelp>();
  for (const field of fields) {
    const schema = schemas[field.name] ?? {};
    const { flag, negation, clearing, name } = field;
    const term = negation === undefined ? `${flag} <${placeholder(withoutNull(schema))}>` : flag;
    help.set(flag, { term, description: fieldFacts(field, schema) });
    if (negation !== undefined) help.set(negation, { term: negation, description: `${name} is false` });
    if (clearing !== undefined) help.set(clearing, { term: clearing, description: `${name} is null` });
  }
  return help;
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
    ...streamIntroduction(contract),
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
    ...itemSection(operation.contract),
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

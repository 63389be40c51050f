// Which flag carries which field of an operation's input: worked out from the contract.

import type { z } from "zod";
import type { Operation } from "../../contract/operation.ts";
import type { RegisteredOperation, Registry } from "../../contract/registry.ts";
import { textFieldFrom, unwrap } from "../../contract/text-field.ts";
import { kebabCase } from "../../core/text.ts";

/** A field that a flag carries. */
export interface FieldFlag {
  /** The field's name. */
  readonly name: string;
  /** `--channel-id` */
  readonly flag: string;
  /** `--no-private` says false; only for a boolean. */
  readonly negation: string | undefined;
  /** `--clear-topic` says null; only where the schema takes null. */
  readonly clearing: string | undefined;
  /** Whether the flag may be repeated: each one is an item. */
  readonly list: boolean;
  /** Whether the input needs the field. */
  readonly required: boolean;
  /** The value of a text. What does not convert stays text, so that validation names it. */
  convert(text: string): unknown;
}

/** The flags of an operation's input. */
export interface InputFlags {
  readonly fields: readonly FieldFlag[];
  /** Fields that no flag can carry: only `--input` does. */
  readonly others: readonly string[];
}

/** The flags that every operation has, by the program itself. No field may have such a name. */
export const commonFlags = ["url", "token", "as", "timeout", "idempotency-key", "json", "input", "help"] as const;

/** A flag of the program itself. */
export type CommonFlag = (typeof commonFlags)[number];

/** The program's own flag of a name. */
export function commonFlagOf(name: string): string | undefined {
  return commonFlags.some((flag) => flag === name) ? `--${name}` : undefined;
}

/** Works out the flags of an input. */
export function inputFlags({ input }: Operation): InputFlags {
  const fields = Object.entries(input.shape).map(([name, schema]) => fieldFlag(name, schema));
  return {
    fields: fields.filter((field) => typeof field !== "string"),
    others: fields.filter((field) => typeof field === "string"),
  };
}

/** The flag of a field, or its name where text cannot carry it. */
function fieldFlag(name: string, schema: z.ZodType): FieldFlag | string {
  const form = unwrap(schema);
  const field = textFieldFrom(form);
  if (typeof field === "string") return name;
  const word = kebabCase(name);
  return {
    name,
    flag: `--${word}`,
    negation: form._zod.def.type === "boolean" ? `--no-${word}` : undefined,
    clearing: schema.safeParse(null).success ? `--clear-${word}` : undefined,
    list: field.list,
    required: !schema.safeParse(undefined).success,
    convert: field.convert,
  };
}

/** What cannot be told apart on a command line: reserved names, and two fields with one flag. */
export function flagProblems(registry: Registry): string[] {
  return registry.operations.flatMap((operation) => operationProblems(operation));
}

function operationProblems({ id, contract }: RegisteredOperation): string[] {
  const { fields } = inputFlags(contract);
  const reserved = Object.keys(contract.input.shape)
    .filter((name) => commonFlags.some((flag) => flag === kebabCase(name)))
    .map((name) => `${id}: the field "${name}" is a flag of the command line itself: use another name`);
  const owners = new Map<string, string>();
  const problems: string[] = [];
  for (const { name, flag, negation, clearing } of fields) {
    if (!/^--[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(flag))
      problems.push(`${id}: the field "${name}" makes no flag: use a camelCase name`);
    for (const text of [flag, negation, clearing]) {
      const owner = text === undefined ? undefined : owners.get(text);
      if (owner !== undefined) problems.push(`${id}: the fields "${owner}" and "${name}" both give the flag ${text}`);
      if (text !== undefined) owners.set(text, name);
    }
  }
  return [...reserved, ...problems];
}

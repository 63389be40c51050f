// contract.lock.json: the contracts as they were last agreed on, with the numbers that gRPC pins and what was broken knowingly.

import { SetupError } from "../core/setup-error.ts";
import type { ContractForm } from "./form/contract-form.ts";
import { doubleNumbers, lockSchema } from "./form/lock-schema.ts";
import type { EnumForm, MessageForm, WireForm } from "./form/wire-form.ts";

/** What the file holds. */
export interface ContractLock extends ContractForm {
  /** Of the file's form. */
  readonly lock: 1;
  /** The app's name: a lock belongs to one app. */
  readonly app: string;
  /** Breaking changes that were accepted, oldest first. */
  readonly accepted: readonly AcceptedChange[];
  readonly wire: WireForm;
}

/** A breaking change that was made knowingly. */
export interface AcceptedChange {
  readonly change: string;
  /** The app's version when it was accepted. */
  readonly version: string;
}

/** Reads a lock; `file` is what it is called in words. Throws SetupError where the text is none, or not one of this app. */
export function lockFrom(text: string, app: string, file = "contract.lock.json"): ContractLock {
  const refuse = (...problems: string[]): SetupError => new SetupError(problems, `${file} cannot be used`);
  const value = parsed(text);
  if (value === undefined)
    throw /^<{7} /m.test(text)
      ? refuse(`a merge has left its marks in it: ${anew}`)
      : refuse("it is not valid JSON: take it from a commit again");
  const { error } = lockSchema.safeParse(value);
  if (error !== undefined) {
    const place = error.issues[0]?.path.join(".") || "the whole";
    throw refuse(`it is not of the form that this version writes, at ${place}: take it from a commit again`);
  }
  const lock = value as ContractLock; // as the schema has it
  if (lock.app !== app) throw refuse(`it belongs to the app "${lock.app}", and this one is "${app}"`);
  const doubles = doubleNumbers(lock.wire);
  if (doubles.length > 0) throw refuse(...doubles.map((each) => `${each}: ${anew}`));
  return lock;
}

const anew = "take the main branch's, and run `trivium generate`";

/** The text of a lock, ending in a line end: short objects and lists on one line, so that a difference reads well. */
export function lockText(lock: ContractLock): string {
  const { lock: version, app, accepted, operations, models, events, wire } = lock;
  return `${print({ lock: version, app, accepted, operations, models, events, wire }, "")}\n`;
}

/** The wire form of now, with what was retired with types that are no more: their names may come back one day. */
export function withRetiredTypes(before: WireForm | undefined, now: WireForm): WireForm {
  const messages: Record<string, MessageForm> = { ...now.messages };
  const enums: Record<string, EnumForm> = { ...now.enums };
  for (const [name, { fields, reserved }] of Object.entries(before?.messages ?? {}))
    if (messages[name] === undefined)
      messages[name] = {
        gone: true,
        fields: {},
        reserved: retired(
          Object.keys(fields),
          Object.values(fields).map(({ number }) => number),
          reserved,
        ),
      };
  for (const [name, { values, reserved }] of Object.entries(before?.enums ?? {}))
    if (enums[name] === undefined)
      enums[name] = { gone: true, values: {}, reserved: retired(Object.keys(values), Object.values(values), reserved) };
  return { messages: sorted(messages), enums: sorted(enums), methods: sorted(now.methods) };
}

function retired(names: readonly string[], numbers: readonly number[], before: MessageForm["reserved"]) {
  return {
    names: [...new Set([...(before?.names ?? []), ...names])].sort(),
    numbers: [...new Set([...(before?.numbers ?? []), ...numbers])].sort((a, b) => a - b),
  };
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const widest = 120;

/** `before` is what stands in front of the value on its line. */
function print(value: unknown, indent: string, before = ""): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value);
  const line = onOneLine(value);
  if (entries.length === 0 || (before !== "" && before.length + line.length < widest)) return line;
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const inner = `${indent}  `;
  const lines = entries.map(([key, item]) => {
    const start = Array.isArray(value) ? inner : `${inner}${JSON.stringify(key)}: `;
    return start + print(item, inner, start);
  });
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}

function onOneLine(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const isList = Array.isArray(value);
  const parts = Object.entries(value).map(
    ([key, item]) => `${isList ? "" : `${JSON.stringify(key)}: `}${onOneLine(item)}`,
  );
  if (parts.length === 0) return isList ? "[]" : "{}";
  return isList ? `[${parts.join(", ")}]` : `{ ${parts.join(", ")} }`;
}

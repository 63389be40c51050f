// contract.lock.json: the contracts as they were last agreed on, with the numbers that gRPC pins and what was broken knowingly.

import { SetupError } from "../core/setup-error.ts";
import type { ContractForm } from "./form/contract-form.ts";
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

/** Reads a lock. Throws SetupError where the text is none, or not one of this app. */
export function lockFrom(text: string, app: string): ContractLock {
  const lock = parsed(text);
  if (lock === undefined) throw unusable("it is not valid JSON: take the committed one back");
  if (lock.lock !== 1 || parts.some((part) => typeof lock[part] !== "object"))
    throw unusable("it is not of the form that this version writes: take the committed one back");
  if (lock.app !== app) throw unusable(`it belongs to the app "${String(lock.app)}", and this one is "${app}"`);
  return lock as unknown as ContractLock; // written by lockText; the parts were looked at
}

const parts = ["accepted", "operations", "models", "events", "wire"] as const;

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

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return undefined;
  }
}

function unusable(problem: string): SetupError {
  return new SetupError([problem], "contract.lock.json cannot be used");
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

// What breaks gRPC clients by the form of the messages alone, on the wire or in protobuf's JSON.

import type { Change } from "../change.ts";
import type { EnumForm, FieldForm, MessageForm, MethodForm, Retired, WireForm } from "../form/wire-form.ts";

const misread = "gRPC clients and the server misread each other";

const jsonName = "JSON name";

/** What must stay as it is of a field, once it has a number. */
export const fieldRules: Readonly<Record<string, (field: FieldForm) => string>> = {
  type: ({ type }) => type,
  oneof: ({ oneof }) => oneof ?? "none",
  [jsonName]: ({ json }) => json,
};

/** What must stay as it is of a method. Its request is named after it. */
export const methodRules: Readonly<Record<string, (method: MethodForm) => string>> = {
  response: ({ output }) => output,
  streams: ({ streams }) => streams,
};

/** The breaking changes of messages, enums and methods that are still there. What is gone, an operation lost. */
export function wireChanges(old: WireForm, now: WireForm): Change[] {
  return [
    ...pairs(old.messages, now.messages).flatMap(([name, before, after]) => messageChanges(name, before, after)),
    ...pairs(old.enums, now.enums).flatMap(([name, before, after]) => enumChanges(name, before, after)),
    ...pairs(old.methods, now.methods).flatMap(([name, before, after]) => methodChanges(name, before, after)),
  ];
}

function pairs<T>(old: Readonly<Record<string, T>>, now: Readonly<Record<string, T>>): [string, T, T][] {
  return Object.entries(old).flatMap(([name, before]): [string, T, T][] => {
    const after = now[name];
    return after === undefined ? [] : [[name, before, after]];
  });
}

/** By number: it is what a name is called on the wire. */
function messageChanges(message: string, old: MessageForm, now: MessageForm): Change[] {
  if (isGone(old, now)) return [];
  const byNumber = new Map(Object.entries(now.fields).map(([name, field]) => [field.number, { name, field }]));
  const fields = Object.entries(old.fields).flatMap(([name, field]): Change[] => {
    const next = byNumber.get(field.number);
    if (next === undefined) return lost(message, name, field.number, now.reserved);
    const place = `${message}.${name}`;
    const isRenamed = next.name !== name;
    const differences = Object.entries(fieldRules)
      .filter(([what]) => !(isRenamed && what === jsonName)) // said by the rename
      .flatMap(([what, of]) => differs(place, what, of(field), of(next.field)));
    return isRenamed
      ? [change(`${place}: renamed to ${next.name}`, "gRPC clients that use JSON"), ...differences]
      : differences;
  });
  return [
    ...fields,
    ...revived(
      message,
      old.reserved,
      Object.entries(now.fields).map(([name, { number }]) => [name, number]),
    ),
  ];
}

function enumChanges(name: string, old: EnumForm, now: EnumForm): Change[] {
  if (isGone(old, now)) return [];
  const byNumber = new Map(Object.entries(now.values).map(([value, number]) => [number, value]));
  const values = Object.entries(old.values).flatMap(([value, number]): Change[] => {
    const next = byNumber.get(number);
    if (next === undefined) return lost(name, value, number, now.reserved);
    if (next === value) return [];
    return [change(`${name}.${value}: renamed to ${next}`, "gRPC clients that use JSON")];
  });
  return [...values, ...revived(name, old.reserved, Object.entries(now.values))];
}

/** One that is no more, or has come back: nobody speaks the old form with the new one. */
function isGone(old: { readonly gone?: true }, now: { readonly gone?: true }): boolean {
  return old.gone === true || now.gone === true;
}

function methodChanges(path: string, old: MethodForm, now: MethodForm): Change[] {
  return Object.entries(methodRules).flatMap(([what, of]) => differs(path, what, of(old), of(now)));
}

function differs(place: string, what: string, before: string, after: string): Change[] {
  return before === after ? [] : [change(`${place}: ${what} ${before} to ${after}`, misread)];
}

/** What is no more must be reserved. The generator sees to it; a lock that was edited or made anew may not. */
function lost(type: string, name: string, number: number, reserved: Retired | undefined): Change[] {
  const isKept = reserved?.numbers.includes(number) === true;
  return isKept ? [] : [change(`${type}.${name}: number ${number} given up and not reserved`, misread)];
}

function revived(
  type: string,
  reserved: Retired | undefined,
  members: readonly (readonly [string, number])[],
): Change[] {
  return members
    .filter(([name, number]) => reserved?.names.includes(name) || reserved?.numbers.includes(number))
    .map(([name]) =>
      change(`${type}.${name}: was retired and is used again`, `${misread}, where they still know the old one`),
    );
}

function change(name: string, breaks: string): Change {
  return { name, side: "grpc", breaks };
}

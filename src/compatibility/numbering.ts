// Numbers of fields, enum values and oneof members as the lock pins them: what is known keeps its number, what is new
// gets the next one, what is gone leaves its name and number behind.

import type { EnumForm, MessageForm, Retired, WireForm } from "./form/wire-form.ts";
import type { Rename } from "./rename.ts";

/** Numbers by a lock. Deterministic: the same lock and the same questions give the same numbers. */
export interface PinnedNumbering {
  /** One number per member, in the members' order; positive, none twice, none retired, none of 19000 to 19999. */
  numbers(fullName: string, members: readonly string[]): readonly number[];
  /** What may not be used again in a message or enum whose numbers were asked for. */
  reserved(fullName: string): Retired;
  /** Members that got a number which the lock does not know: `chat.messages.v1.Message.body`. */
  unpinned(): readonly string[];
}

const nothing: Retired = { names: [], numbers: [] };

/** Numbers by the wire form that a lock keeps; by order of declaration where it keeps none. */
export function pinnedNumbering(wire: WireForm | undefined, renames: readonly Rename[] = []): PinnedNumbering {
  const retired = new Map<string, Retired>();
  const unpinned: string[] = [];
  return {
    numbers(fullName, members) {
      const type = wire?.messages[fullName] ?? wire?.enums[fullName];
      const known = type === undefined ? new Map<string, number>() : pinned(type);
      const own = renamesOf(fullName, renames, members);
      for (const { from, to } of own) {
        const number = known.get(from);
        if (number !== undefined) known.set(to, number);
      }
      const before = type?.reserved ?? nothing;
      const given = assign(members, known, before.numbers);
      unpinned.push(...members.filter((name) => !known.has(name)).map((name) => `${fullName}.${name}`));
      retired.set(fullName, retire(members, known, before, own));
      return given;
    },
    reserved: (fullName) => retired.get(fullName) ?? nothing,
    unpinned: () => unpinned,
  };
}

/** The renames of a type, one for a name. What is still there is not renamed: what is new beside it is new. */
function renamesOf(fullName: string, renames: readonly Rename[], members: readonly string[]): Rename[] {
  const own = renames.filter(({ message, from }) => message === fullName && !members.includes(from));
  return own.filter(({ from }, index) => own.findIndex((each) => each.from === from) === index);
}

function pinned(type: MessageForm | EnumForm): Map<string, number> {
  if ("values" in type) return new Map(Object.entries(type.values));
  return new Map(Object.entries(type.fields).map(([name, { number }]) => [name, number]));
}

function assign(members: readonly string[], known: ReadonlyMap<string, number>, retired: readonly number[]): number[] {
  let last = Math.max(0, ...known.values(), ...retired);
  return members.map((name) => {
    const number = known.get(name);
    if (number !== undefined) return number;
    last++;
    if (last === 19_000) last = 20_000; // protobuf keeps what is between for itself
    return last;
  });
}

function retire(
  members: readonly string[],
  known: ReadonlyMap<string, number>,
  before: Retired,
  renames: readonly Rename[],
): Retired {
  const gone = [...known].filter(([name]) => !members.includes(name));
  const numbers = gone.filter(([name]) => !renames.some(({ from }) => from === name)).map(([, number]) => number);
  const names = [...before.names, ...gone.map(([name]) => name)].filter((name) => !members.includes(name));
  return {
    names: [...new Set(names)].sort(),
    numbers: [...new Set([...before.numbers, ...numbers])].sort((a, b) => a - b),
  };
}

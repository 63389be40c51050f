// Finds names of the environment that were probably meant for a variable of ours.

import type { Variable } from "./variable.ts";

/** One sentence for each name that begins with `TRIVIUM_` and is unknown, or is one or two slips away from a known one. */
export function unknownNames(names: readonly string[], known: readonly Variable<unknown>[]): string[] {
  const knownNames = known.map((variable) => variable.name);
  return names.flatMap((name) => {
    if (knownNames.includes(name)) return [];
    const near = knownNames.find((other) => isNear(name, other));
    if (near !== undefined) return [`${name} is not a variable of Trivium: did you mean ${near}?`];
    return name.startsWith("TRIVIUM_") ? [`${name} is not a variable of Trivium: it is ignored`] : [];
  });
}

/** Short names have innocent neighbours (PORT and HOST), so only long ones may differ in two places. */
function isNear(name: string, known: string): boolean {
  const allowed = known.length < 5 ? 0 : known.length < 8 ? 1 : 2;
  return Math.abs(name.length - known.length) <= allowed && distance(name, known) <= allowed;
}

/** How many single characters must be changed, added, taken away or swapped with their neighbour. */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      let least = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same);
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (swapped) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[to.length] ?? 0;
}

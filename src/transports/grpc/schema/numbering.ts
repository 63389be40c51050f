// Which number a member of a message or an enum gets. A seam: the app's lock file of numbers is another Numbering.

/** Names and numbers that may not be used again. */
export interface Reserved {
  readonly names: readonly string[];
  readonly numbers: readonly number[];
}

/** Numbers the members of messages (fields, oneof members) and enums (values but the zero), by their full names. */
export interface Numbering {
  /** Guarantee asked for: one number per name, in the names' order, positive, none twice, none of 19000 to 19999. */
  numbers(fullName: string, members: readonly string[]): readonly number[];
  /** What is out of use in a message or enum; asked for after its numbers. */
  reserved(fullName: string): Reserved;
}

/** Nothing is out of use. */
export const nothingReserved: Reserved = { names: [], numbers: [] };

/** 1, 2, 3, … in the order of declaration. */
export const declarationOrder: Numbering = {
  numbers: (_, members) => members.map((_, index) => index + 1),
  reserved: () => nothingReserved,
};

/** Rising numbers as ranges, both ends included: 2, 3, 5 → 2 to 3, 5 to 5. */
export function rangesOf(numbers: readonly number[]): (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges;
}

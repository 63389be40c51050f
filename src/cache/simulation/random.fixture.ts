// Random numbers from a seed.

/** A stream of them. */
export interface Random {
  /** From 0 up to, and not, 1. */
  next(): number;
  /** True that often, of 1. */
  chance(of: number): boolean;
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number;
  /** Undefined of nothing. */
  pick<T>(from: readonly T[]): T | undefined;
}

/** The stream of a seed (mulberry32). */
export function createRandom(seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    chance: (of) => next() < of,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    pick: (from) => from[Math.floor(next() * from.length)],
  };
}

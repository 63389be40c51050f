// Bytes with defects, the same for the same seed.

/** Changes bytes; most often only a little. */
export interface Mutator {
  (bytes: Buffer): Buffer;
  /** True with this probability. */
  chance(probability: number): boolean;
}

/** Makes a mutator (mulberry32 decides). */
export function createMutator(seed: number): Mutator {
  let state = seed >>> 0;
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(random() * limit);
  const changes: readonly ((bytes: Buffer) => Buffer)[] = [
    (bytes) => bytes,
    (bytes) => {
      const flipped = Buffer.from(bytes);
      const at = below(flipped.length);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << below(8));
      return flipped;
    },
    (bytes) => {
      const set = Buffer.from(bytes);
      set[below(set.length)] = [0x00, 0x7f, 0x80, 0xff][below(4)] ?? 0;
      return set;
    },
    (bytes) => bytes.subarray(0, below(bytes.length)),
    (bytes) => Buffer.concat([bytes, bytes]),
    (bytes) => {
      const at = below(bytes.length);
      const inserted = Buffer.from(Array.from({ length: 1 + below(8) }, () => below(256)));
      return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
    },
  ];
  const mutate = (bytes: Buffer): Buffer => (changes[below(changes.length)] ?? changes[0])?.(bytes) ?? bytes;
  return Object.assign(mutate, { chance: (probability: number) => random() < probability });
}

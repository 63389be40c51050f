// The idempotency records of the memory storage: what commands answered under their keys, and who holds a key now.

import type { Claim, IdempotencyRecord, RecordKey, StoredAnswer } from "../service/records/commit-records.ts";

const dayMillis = 24 * 60 * 60_000;

/** See the port: RecordStore. */
export class MemoryAnswers {
  readonly #answers = new Map<string, { readonly json: string; readonly at: number }>();
  readonly #held = new Set<string>();

  find(key: RecordKey): StoredAnswer | undefined {
    const kept = this.#answers.get(nameOf(key));
    return kept === undefined || Date.now() - kept.at >= dayMillis ? undefined : JSON.parse(kept.json);
  }

  claim(key: RecordKey): Claim {
    const stored = this.find(key);
    if (stored !== undefined) return { state: "answered", stored };
    const name = nameOf(key);
    if (this.#held.has(name)) return { state: "taken" };
    this.#held.add(name);
    return { state: "held" };
  }

  release(key: RecordKey): void {
    this.#held.delete(nameOf(key));
  }

  keep(record: IdempotencyRecord): void {
    const { fingerprint, answer = null, tags } = record;
    this.#answers.set(nameOf(record), { json: JSON.stringify({ fingerprint, answer, tags }), at: Date.now() });
  }
}

function nameOf({ principal, operation, key }: RecordKey): string {
  return JSON.stringify([principal, operation, key]);
}

// A limit made ready for counting: for a call it gives the one bucket that the call is charged to.

import type { User } from "../contract/access.ts";
import type { NamedLimit, Quota } from "../contract/limits/limit.ts";
import type { StatedPolicy } from "../pipeline/limit-note.ts";
import type { LimitQuestion } from "../store/store.ts";
import { callerKey, type KeyedCall } from "./bucket-key.ts";

/** The question of a limit to the store, with what is told of it. */
export interface CountedQuestion extends LimitQuestion {
  readonly stated: StatedPolicy;
}

/** A limit that counts. */
export interface CountedLimit {
  readonly secure: boolean;
  /** Undefined where the call is not counted. */
  questionOf(call: KeyedCall): CountedQuestion | undefined;
}

interface Bucket extends Omit<CountedQuestion, "key"> {
  readonly prefix: string;
}

/** Makes it. `policyOf` is asked only where the limit names several policies. */
export function countedLimit({ name, rule }: NamedLimit, policyOf: (user: User) => string): CountedLimit {
  const buckets = new Map(rule.quotas.map((quota) => [quota.policy, bucketOf(name, quota)]));
  const [first] = buckets.values();
  if (first === undefined) throw new Error(`the limit ${name} has no rate`);
  const bucketFor = (user: User | undefined): Bucket => {
    if (buckets.size === 1 || user === undefined) return first;
    return buckets.get(policyOf(user)) ?? first;
  };
  return {
    secure: rule.secure,
    questionOf(call) {
      const key = callerKey(rule.by, call);
      if (key === undefined) return undefined;
      const { prefix, interval, burst, stated } = bucketFor(call.user);
      return { key: prefix + key, interval, burst, stated };
    },
  };
}

function bucketOf(name: string, { policy, interval, burst, calls, period }: Quota): Bucket {
  // Each policy has buckets of its own: whoever gets a wider one need not first pay off the narrower one.
  const prefix = policy === undefined ? `${name}:` : `${name}:${policy}:`;
  return { prefix, interval, burst, stated: { name, quota: calls, window: period } };
}

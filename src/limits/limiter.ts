// Step 6's view of the world: which limits an operation's calls are charged to, and where they are counted.

import { accessRules } from "../contract/access.ts";
import { namedLimits } from "../contract/limits/limit.ts";
import type { RegisteredOperation } from "../contract/registry.ts";
import type { CallLimits } from "../pipeline/ports.ts";
import type { Store } from "../store/store.ts";
import { type AppLimits, namedAppLimits } from "./app-limits.ts";
import { type CountedLimit, countedLimit } from "./counted-limit.ts";
import { Guard } from "./guard.ts";
import { Tally } from "./tally.ts";

/** What a limiter is made of. */
export interface LimiterOptions {
  /** Where calls are counted for all processes; undefined: each counts for itself, and admits its share. */
  readonly store: Store | undefined;
  /** How many processes answer calls. */
  readonly instances: number;
  /** What the app states for all operations. */
  readonly limits?: AppLimits | undefined;
  /** Hears of every refused call, by operation and by the limit's name. */
  readonly onRefused?: (operation: string, limit: string) => void;
  /** Microseconds on a clock that never goes back, for what is counted here. */
  readonly now?: () => number;
}

/**
 * Makes the limits of a process. Guarantee: of a bucket at most `burst + rate × time` calls are admitted, over all
 * processes, while the store answers. While it does not, each process admits its share of the rate, starting with
 * nothing, so that losing the store gives nobody a second burst; secure limits admit nobody then.
 */
export function createLimiter(options: LimiterOptions): CallLimits {
  const { store, instances, limits, now = monotonicMicros } = options;
  const tally = new Tally({ store, instances, now });
  const named = namedAppLimits(limits);
  const policyOf = limits?.policy ?? (() => "");
  const overall = named.overall && countedLimit(named.overall, policyOf);
  const anonymous = named.anonymous && countedLimit(named.anonymous, policyOf);
  const guard = (forUsers: readonly CountedLimit[], forNobody: readonly CountedLimit[]): Guard =>
    new Guard({ forUsers, forNobody, tally, onRefused: options.onRefused });

  const ownOf = ({ id, contract }: RegisteredOperation, at: "arrival" | "validated"): readonly CountedLimit[] =>
    namedLimits(id, contract.limits)
      .filter(({ rule }) => (typeof rule.by === "object") === (at === "validated"))
      .map((limit) => countedLimit(limit, policyOf));

  const failed = [countedLimit(named.failedCredentials, policyOf)];
  return {
    guardOf(operation, at) {
      const own = ownOf(operation, at);
      const all = at === "arrival" ? overall : undefined;
      const nobody = at === "arrival" ? (anonymous ?? overall) : undefined;
      const isOpen = accessRules(operation.contract.access).includes("public");
      const forUsers = all === undefined ? own : [...own, all];
      const forNobody = nobody === undefined || !isOpen ? own : [...own, nobody];
      return forUsers.length + forNobody.length === 0 ? undefined : guard(forUsers, forNobody);
    },
    failedCredentials: guard(failed, failed),
  };
}

function monotonicMicros(): number {
  return Math.floor(performance.now() * 1000);
}

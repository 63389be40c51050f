// The limits that an app states for all of its operations, beside those of each.

import type { User } from "../contract/access.ts";
import { type LimitPolicies, type NamedLimit, ruleFrom } from "../contract/limits/limit.ts";
import type { LimitRate } from "../contract/limits/rate.ts";

/** What an app's author may say about the use of the app as a whole. */
export interface AppLimits {
  /** All calls of a user together; of an address, where nobody is signed in. */
  readonly overall?: LimitRate | LimitPolicies;
  /** All calls of an address where nobody is signed in, instead of `overall`. */
  readonly anonymous?: LimitRate;
  /**
   * Credentials that were refused, for each address; `"30 per minute"` by default. It guards against guessing: a
   * refused credential that cannot be counted is answered STORE_UNAVAILABLE.
   */
  readonly failedCredentials?: LimitRate;
  /**
   * The policy of a user, where a limit names several; called for every such call, so it must be quick. By default,
   * and for a name that a limit does not have, its first named policy, which is also that of nobody.
   */
  readonly policy?: (user: User) => string;
}

/** An app's limits with their names. */
export interface NamedAppLimits {
  readonly overall: NamedLimit | undefined;
  readonly anonymous: NamedLimit | undefined;
  readonly failedCredentials: NamedLimit;
}

const failedCredentialsRate = "30 per minute";

/** Reads them. */
export function namedAppLimits(limits: AppLimits = {}): NamedAppLimits {
  const { overall, anonymous, failedCredentials = failedCredentialsRate } = limits;
  return {
    overall: overall === undefined ? undefined : { name: "overall", rule: ruleFrom({ rate: overall }) },
    anonymous:
      anonymous === undefined ? undefined : { name: "anonymous", rule: ruleFrom({ rate: anonymous, by: "address" }) },
    failedCredentials: {
      name: "failed-credentials",
      rule: ruleFrom({ rate: failedCredentials, by: "address", secure: true }),
    },
  };
}

/** As a list, for those who state them. */
export function appLimitList(limits: AppLimits | undefined): readonly NamedLimit[] {
  const { overall, anonymous, failedCredentials } = namedAppLimits(limits);
  return [overall, anonymous, failedCredentials].filter((limit) => limit !== undefined);
}

/** What is wrong with them; empty: nothing. */
export function appLimitProblems(limits: AppLimits | undefined): string[] {
  const known = ["overall", "anonymous", "failedCredentials", "policy"];
  const unknown = Object.keys(limits ?? {}).filter((name) => !known.includes(name));
  return [
    ...unknown.map((name) => `limits: there is no option ${JSON.stringify(name)}: there are ${known.join(", ")}`),
    ...appLimitList(limits).flatMap(({ name, rule }) => rule.problems.map((problem) => `limits: ${name}: ${problem}`)),
  ];
}

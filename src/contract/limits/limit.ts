// How often an operation may be called: what its contract says, and the rules that every road and store work by.

import { type LimitRate, longestPeriod, type Rate, rateFrom } from "./rate.ts";

/** A rate for each named policy (`{ free: "60 per minute", pro: "600 per minute" }`). The first named is the default. */
export type LimitPolicies = Readonly<Record<string, LimitRate>>;

/** Whom a limit counts: a user, an address (IPv6: its /64), or whoever gives the same value in a field of the input. */
export type LimitKey<Field extends string = string> = "user" | "address" | { readonly input: Field };

/** A limit with all that can be said about it. */
export interface LimitRuleOption<Field extends string = string> {
  readonly rate: LimitRate | LimitPolicies;
  /** Calls at once, after a pause; as many as the rate has calls by default. */
  readonly burst?: number;
  /** The user by default, and the address of a caller who is nobody. */
  readonly by?: LimitKey<Field>;
  /** For what guards against guessing: refused while it cannot be counted in the store, instead of counted locally. */
  readonly secure?: boolean;
}

/** What an operation says: a rate, a rate per policy, a rule, or a list of rules that all must hold. */
export type LimitOption<Field extends string = string> =
  | LimitRate
  | LimitPolicies
  | LimitRuleOption<Field>
  | readonly LimitRuleOption<Field>[];

/** A rule, read. */
export interface LimitRule {
  /** One for everybody, or one per policy with the default first. */
  readonly quotas: readonly Quota[];
  /** Undefined: the user, else the address. */
  readonly by: LimitKey | undefined;
  readonly secure: boolean;
  /** What is wrong with it: told at start. */
  readonly problems: readonly string[];
}

/** One bucket's measure: `burst` calls at once, then one every `interval`. */
export interface Quota extends Rate {
  readonly policy: string | undefined;
  readonly burst: number;
}

/** A rule with the name that it has on every road, in metrics and on the page. */
export interface NamedLimit {
  readonly name: string;
  readonly rule: LimitRule;
}

/** Reads what an operation says; empty where it says nothing. */
export function limitRules(option: LimitOption | undefined): readonly LimitRule[] {
  if (option === undefined) return [];
  if (Array.isArray(option) && option.length === 0) return [{ ...none, problems: ["the list of rules is empty"] }];
  if (Array.isArray(option)) return option.map((rule) => ruleFrom(rule));
  const isRule = typeof option === "object" && option !== null && "rate" in option;
  return [ruleFrom(isRule ? (option as LimitRuleOption) : { rate: option as LimitRate | LimitPolicies })]; // by its form
}

/** The rules of an operation by name: its id, and where it has several, by what they count. */
export function namedLimits(id: string, rules: readonly LimitRule[]): readonly NamedLimit[] {
  const used = new Map<string, number>();
  return rules.map((rule) => {
    const key = rule.by === undefined ? id : `${id}.${typeof rule.by === "object" ? rule.by.input : rule.by}`;
    const name = rules.length === 1 ? id : key;
    const count = (used.get(name) ?? 0) + 1;
    used.set(name, count);
    return { name: count === 1 ? name : `${name}.${count}`, rule };
  });
}

/** A rule of everybody's, for the limits that an app itself states. */
export function ruleFrom(option: LimitRuleOption): LimitRule {
  const problems: string[] = [];
  if (typeof option !== "object" || option === null)
    return { ...none, problems: [`${JSON.stringify(option)}: ${form}`] };
  const { rate, burst, by, secure = false } = option;
  const quotas =
    typeof rate === "object" && rate !== null ? policiesFrom(rate, problems) : [quotaFrom(rate, undefined, problems)];
  const unknown = Object.keys(option).filter((name) => !["rate", "burst", "by", "secure"].includes(name));
  for (const name of unknown) problems.push(`there is no option ${JSON.stringify(name)}: ${form}`);
  if (by !== undefined && !isKey(by)) problems.push(`by: say "user", "address" or { input: "<field>" }`);
  if (burst !== undefined && quotas.some((quota) => !isBurst(burst, quota)))
    problems.push(`burst ${burst}: write a whole number from 1, to be regained in a year at most`);
  return { quotas: quotas.map((quota) => ({ ...quota, burst: burst ?? quota.calls })), by, secure, problems };
}

const form = 'write "60 per minute" or "10 per 15 minutes", { <policy>: … }, or { rate, burst, by, secure }';
const none: LimitRule = { quotas: [], by: undefined, secure: false, problems: [] };

function policiesFrom(policies: LimitPolicies, problems: string[]): Quota[] {
  const names = Object.keys(policies);
  if (names.length === 0) problems.push("it names no policy");
  for (const name of names)
    if (!/^[a-z][a-z0-9_-]{0,63}$/.test(name)) problems.push(`policy ${JSON.stringify(name)}: use a lower case name`);
  return Object.entries(policies).map(([name, rate]) => quotaFrom(rate, name, problems));
}

function quotaFrom(text: LimitRate, policy: string | undefined, problems: string[]): Quota {
  const rate = rateFrom(text);
  if (rate === undefined) problems.push(`${JSON.stringify(text)}: ${form}`);
  return { policy, burst: 1, ...(rate ?? { calls: 1, period: 1, interval: 1e6 }) };
}

function isKey(by: unknown): boolean {
  if (by === "user" || by === "address") return true;
  return typeof by === "object" && by !== null && "input" in by && typeof by.input === "string";
}

function isBurst(burst: unknown, { interval }: Rate): boolean {
  return Number.isSafeInteger(burst) && Number(burst) >= 1 && Number(burst) * interval <= longestPeriod * 1e6;
}

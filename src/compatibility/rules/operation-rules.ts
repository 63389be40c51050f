// What breaks the callers of an operation beside its fields: being gone, moved, or harder to call.

import type { Change, Side } from "../change.ts";
import type { ContractForm, OperationForm } from "../form/contract-form.ts";
import { schemaChanges } from "./schema-rules.ts";

/** A rule answers what changed, in words, or undefined where it finds nothing. */
interface Rule {
  readonly side: Side;
  readonly breaks: string;
  readonly find: (old: OperationForm, now: OperationForm) => string | undefined;
}

const changed = (what: string, before: string, after: string): string | undefined =>
  before === after ? undefined : `${what} ${before} to ${after}`;

/** The rules, each for one thing that callers rely on. */
export const operationRules: Readonly<Record<string, Rule>> = {
  kind: {
    side: "contract",
    breaks: "clients call it in another way: one answer or many, repeated at will or not",
    find: (old, now) => changed("kind", old.kind, now.kind),
  },
  method: {
    side: "http",
    breaks: "HTTP clients get 405 or another operation",
    find: (old, now) => changed("method", old.http.method, now.http.method),
  },
  path: {
    side: "http",
    breaks: "HTTP clients get 404 or another operation",
    find: (old, now) =>
      changed("path", pathForm(old), pathForm(now)) ??
      (hasSameParameters(old, now) ? changed("path", old.http.path, now.http.path) : undefined),
  },
  status: {
    side: "http",
    breaks: "HTTP clients that look at the status",
    find: (old, now) => changed("status", String(old.http.status), String(now.http.status)),
  },
  location: {
    side: "http",
    breaks: "HTTP clients that follow Location",
    find: ({ http: old }, { http: now }) =>
      old.location !== undefined && now.location === undefined ? "Location removed" : undefined,
  },
  access: {
    side: "contract",
    breaks: "callers who were let in are refused",
    find: (old, now) =>
      old.access.every((rule) => isCovered(rule, now.access))
        ? undefined
        : changed("access", old.access.join(" or "), now.access.join(" or ")),
  },
  idempotency: {
    side: "contract",
    breaks: "callers without an idempotency key, or with one, are refused",
    find: ({ idempotency: old }, { idempotency: now }) =>
      now === "required" || now === "none" ? changed("idempotency key", old, now) : undefined,
  },
  versioned: {
    side: "contract",
    breaks: "callers who do not name the version that they change are refused",
    find: (old, now) => (!old.versioned && now.versioned ? "versioned now" : undefined),
  },
  outputRemoved: {
    side: "contract",
    breaks: "readers miss the answer",
    find: (old, now) => (old.output !== undefined && now.output === undefined ? "output removed" : undefined),
  },
};

/** The breaking changes of all operations. */
export function operationChanges(old: ContractForm, now: ContractForm): Change[] {
  return Object.entries(old.operations).flatMap(([id, before]) => {
    const after = now.operations[id];
    if (after === undefined) return [{ name: `${id}: removed`, side: "contract", breaks: "everybody who calls it" }];
    return [...ruleChanges(id, before, after), ...schemaChangesOf(id, before, after, old, now)];
  });
}

function ruleChanges(id: string, before: OperationForm, after: OperationForm): Change[] {
  return Object.values(operationRules).flatMap(({ side, breaks, find }) => {
    const what = find(before, after);
    return what === undefined ? [] : [{ name: `${id}: ${what}`, side, breaks }];
  });
}

function schemaChangesOf(
  id: string,
  before: OperationForm,
  after: OperationForm,
  { models: old }: ContractForm,
  { models: now }: ContractForm,
): Change[] {
  const compare = (part: "input" | "item" | "output"): Change[] => {
    const [a, b] = [before[part], after[part]];
    const direction = part === "output" ? "output" : "input";
    if (a === undefined || b === undefined) return [];
    const [was, is] = [
      { schema: a, models: old[direction] },
      { schema: b, models: now[direction] },
    ];
    return schemaChanges(`${id} ${part}`, direction, was, is);
  };
  return [...compare("input"), ...compare("item"), ...compare("output")];
}

const parameter = /\{[^}]+\}/g;

/** What a parameter is called is the input's business. */
function pathForm({ http }: OperationForm): string {
  return http.path.replaceAll(parameter, "{}");
}

/** Then each must stay where it was. */
function hasSameParameters({ http: old }: OperationForm, { http: now }: OperationForm): boolean {
  const names = (path: string): string => (path.match(parameter) ?? []).sort().join();
  return names(old.path) === names(now.path);
}

/** Whether whoever a rule lets in is let in by others, too. */
function isCovered(rule: string, by: readonly string[]): boolean {
  return by.includes(rule) || by.includes("public") || (rule !== "public" && by.includes("user"));
}

// Which differences of a schema break whom: the table of rules for what callers give and for what they get.

import type { Change, Side } from "../change.ts";
import type { Kind } from "./difference.ts";
import { type Placed, schemaDifferences } from "./schema-differences.ts";

/** Who breaks, by what the schema is for; undefined: nobody. */
interface Rule {
  /** What callers give. Whatever was taken must still be taken, and mean the same. */
  readonly input?: string;
  /** What is answered, told as an error's details, or carried by an event. It must be of the form that was promised. */
  readonly output?: string;
  readonly words: (what: string) => string;
}

const refused = "callers who do as before are refused";
const missed = "readers miss what was always there";
const surprised = "readers get what was never there";

/**
 * The rules. An enum value or a union's member that is new in an answer breaks nobody: a reader has to leave alone what
 * he does not know, as he does with fields, else no answer could ever grow.
 */
export const schemaRules: Readonly<Record<Kind, Rule>> = {
  fieldRemoved: {
    input: "callers who give it are refused; gRPC ignores what they give",
    output: missed,
    words: () => "removed",
  },
  fieldAdded: { words: () => "added" },
  requiredFieldAdded: { input: "callers who do not give it are refused", words: () => "added, and required" },
  fieldRequired: { input: "callers who do not give it are refused", words: () => "required now" },
  fieldOptional: { output: missed, words: () => "may now be missing" },
  nullAllowed: { output: surprised, words: () => "may now be null" },
  nullRefused: { input: refused, words: () => "may no longer be null" },
  typeNarrowed: { input: refused, words: (what) => `type ${what}` },
  typeWidened: { output: surprised, words: (what) => `type ${what}` },
  typeChanged: { input: refused, output: "readers cannot read it", words: (what) => `type ${what}` },
  valueRemoved: { input: "callers who give it are refused", words: (what) => `value ${what} removed` },
  valueAdded: { words: (what) => `value ${what} added` },
  memberRemoved: { input: "callers who give it are refused", words: (what) => `member ${what} removed` },
  memberAdded: { words: (what) => `member ${what} added` },
  tightened: { input: refused, words: (what) => what },
  loosened: { output: surprised, words: (what) => what },
  changed: { input: refused, output: surprised, words: (what) => what },
  closed: { input: "callers who give fields of their own are refused", words: (what) => `${what} refused now` },
  opened: { words: (what) => `${what} taken now` },
  defaultChanged: { input: "who leaves it out gets something else", words: (what) => `default ${what}` },
};

/** The breaking changes from one schema to another; `place` names them. */
export function schemaChanges(
  place: string,
  direction: "input" | "output",
  old: Placed,
  now: Placed,
  { side = "contract", deep = false }: { readonly side?: Side; readonly deep?: boolean } = {},
): Change[] {
  return schemaDifferences(old, now, deep).flatMap(({ path, kind, what }) => {
    const rule = schemaRules[kind];
    const breaks = rule[direction];
    return breaks === undefined ? [] : [{ name: `${place}${path}: ${rule.words(what)}`, side, breaks }];
  });
}

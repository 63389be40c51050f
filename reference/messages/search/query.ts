// What people write into a search box: words, "phrases", -exclusions and or, as web searches take them.

import { wordsOf } from "./words.ts";

/** Words that stand one after the other. */
export interface Term {
  readonly text: string;
  /** What is found does not have it. */
  readonly excluded: boolean;
}

/** Alternatives: a text is found by one of them if it has all its terms, of which one at least is not excluded. */
export type SearchQuery = readonly (readonly Term[])[];

const part = /(-?)(?:"([^"]*)"?|([^\s"]+))/g;

/**
 * Reads a query; every text is one. Terms are all wanted; `or`, which binds less, stands between alternatives, and is a
 * word where there is nothing on one side of it. What has no word to find is left out: signs, and an alternative that
 * only excludes. So a query can be empty.
 *
 * @example parseSearch('red "green tea" or blue -sky')
 */
export function parseSearch(text: string): SearchQuery {
  const parts = [...text.matchAll(part)];
  let terms: Term[] = [];
  const alternatives = [terms];
  parts.forEach(([, minus, phrase, bare = ""], index) => {
    const isOr = minus === "" && bare.toLowerCase() === "or";
    if (isOr && terms.length > 0 && index < parts.length - 1) {
      terms = [];
      alternatives.push(terms);
    } else terms.push({ text: phrase ?? bare, excluded: minus === "-" });
  });
  return alternatives.map((each) => each.filter(hasWord)).filter((each) => each.some(({ excluded }) => !excluded));
}

function hasWord({ text }: Term): boolean {
  return !wordsOf(text).next().done;
}

// Why a message was found: excerpts of it, parted where the searched words begin and end. The parts are text, never
// markup, so that nothing a message says can pass for a highlight.

import type { SearchQuery } from "./query.ts";
import { type Word, wordsOf } from "./words.ts";

/** A piece of text; `match`: it was searched for. */
export interface Part {
  readonly text: string;
  readonly match: boolean;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

interface Excerpt {
  readonly start: number;
  end: number;
  readonly matches: Range[];
}

const most = 3;
/** UTF-16 units before and after a match, at most; and from an excerpt's beginning to the last match that it takes in. */
const margin = 60;
const reach = 240;

/**
 * Up to 3 excerpts of a text, in its order, which do not overlap. The parts of one, joined, are what stands in the text.
 * An excerpt begins and ends between words, save very long ones. Reads the text only as far as it must.
 */
export function highlightsOf(text: string, query: SearchQuery): { parts: Part[] }[] {
  const excerpts: Excerpt[] = [];
  for (const match of matchesIn(text, phrasesOf(query))) {
    const last = excerpts.at(-1);
    if (last !== undefined && match.start <= last.end && match.end - last.start <= reach) {
      last.matches.push(match);
      last.end = borderAfter(text, match.end);
      continue;
    }
    if (last !== undefined) last.end = Math.min(last.end, match.start);
    if (excerpts.length === most) break;
    const start = Math.max(last?.end ?? 0, borderBefore(text, match.start));
    excerpts.push({ start, end: borderAfter(text, match.end), matches: [match] });
  }
  return excerpts.map((excerpt) => ({ parts: partsOf(text, excerpt) }));
}

/** The folded words of each term that is to be found. */
function phrasesOf(query: SearchQuery): string[][] {
  const wanted = query.flat().filter(({ excluded }) => !excluded);
  return wanted.map(({ text }) => Array.from(wordsOf(text), ({ folded }) => folded));
}

/** Where the phrases stand, from the first to the last; at each place the longest. They do not overlap. */
function* matchesIn(text: string, phrases: readonly (readonly string[])[]): Generator<Range> {
  const longest = Math.max(0, ...phrases.map(({ length }) => length));
  const words = wordsOf(text);
  const ahead: Word[] = [];
  for (;;) {
    while (ahead.length < longest) {
      const next = words.next();
      if (next.done) break;
      ahead.push(next.value);
    }
    const [first] = ahead;
    if (first === undefined) return;
    const found = phrases.filter((phrase) => phrase.every((word, index) => word === ahead[index]?.folded));
    const length = Math.max(0, ...found.map((phrase) => phrase.length));
    const end = ahead[length - 1]?.end;
    if (end !== undefined) yield { start: first.start, end };
    ahead.splice(0, Math.max(1, length));
  }
}

/** Where a word begins, at most `margin` before a place; within a word only where that is longer. */
function borderBefore(text: string, place: number): number {
  const from = place - margin;
  if (from <= 0) return 0;
  const gap = text.slice(from, place).search(/(?<=\s)\S/);
  return gap === -1 ? characterStart(text, from) : from + gap;
}

/** Where a word ends, at most `margin` after a place; within a word only where that is longer. */
function borderAfter(text: string, place: number): number {
  const until = place + margin;
  if (until >= text.length) return text.length;
  const gap = text.slice(place, until + 1).search(/\s\S*$/);
  return gap === -1 ? characterStart(text, until) : place + gap;
}

/** The place, or the one before it where it parts the two units of a character. */
function characterStart(text: string, place: number): number {
  const unit = text.charCodeAt(place);
  return unit >= 0xdc00 && unit <= 0xdfff ? place - 1 : place;
}

function partsOf(text: string, { start, end, matches }: Excerpt): Part[] {
  const parts: Part[] = [];
  let position = start;
  const add = (until: number, match: boolean): void => {
    if (until > position) parts.push({ text: text.slice(position, until), match });
    position = Math.max(position, until);
  };
  for (const match of matches) {
    add(match.start, false);
    add(match.end, true);
  }
  add(end, false);
  return parts;
}

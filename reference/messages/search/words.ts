// The words of a text, as the database's function message_words parts and folds them: to show where they stand. What is
// found is decided by the database alone.

/** A word of a text. */
export interface Word {
  /** Folded: words that are searched for alike are equal. */
  readonly folded: string;
  /** Where it begins in the text, and where it ends: UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

// Scripts written without spaces: each character is a word.
const unspaced =
  "\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3005-\\u3007\\u3031-\\u30ff\\u31f0-\\u31ff\\u3400-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}";
const marks = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1-\u05c7\u0610-\u061a\u064b-\u065f\u0670]/g;
const word = new RegExp(`[${unspaced}]|(?:(?![${unspaced}])[\\p{L}\\p{N}\\p{M}])+`, "gu");
const plain = /^[a-z0-9]+$/;

/** The words of a text in their order, each made when it is asked for. */
export function* wordsOf(text: string): Generator<Word> {
  for (const { 0: found, index } of text.matchAll(word))
    yield { folded: fold(found), start: index, end: index + found.length };
}

function fold(found: string): string {
  const lower = found.toLowerCase();
  if (plain.test(lower)) return lower;
  const bare = found.normalize("NFKD").replace(marks, "");
  return bare.normalize("NFKC").toLowerCase().replaceAll("ς", "σ");
}

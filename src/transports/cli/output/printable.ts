// Text that a terminal only shows: nothing in it moves the cursor, changes colours or hides other text.

const escapes: Readonly<Record<string, string>> = { "\n": "\\n", "\t": "\\t", "\r": "\\r" };

/** Control characters (C0, C1, DEL), line separators, and the marks that turn the direction of text round. */
const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** The text on one line, every control character as an escape such as `\n` or `\x1b`. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => {
    const code = character.charCodeAt(0);
    return escapes[character] ?? (code < 256 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`);
  });
}

/** The same, with backslashes doubled, so that the text can be had back. */
export function escaped(text: string): string {
  return printable(text.replaceAll("\\", "\\\\"));
}

/** JSON of the same value with every control character as JSON's own escape: they stand in strings only. */
export function printableJson(json: string): string {
  return json.replace(unprintable, (character) => `\\u${hex(character.charCodeAt(0), 4)}`);
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}

// Which SQL may run outside of a unit of work, where nothing would fence, undo or settle what it wrote.

/** Blanks, comments and parentheses, then the word that says what is done. */
const reading = /^(?:[\s(]|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(?:select|with|values|table|show)\b/i;
const writingPart = /\(\s*(?:insert\s+into|update|delete\s+from|merge\s+into)\b/i;

/**
 * Whether a statement only reads, by its text: what a function in it does is not seen. A slip of the author's is to be
 * found; against ill will a role without the right to write is what helps.
 */
export function isReading(text: string): boolean {
  return reading.test(text) && !writingPart.test(text);
}

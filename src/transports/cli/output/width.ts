// How many columns of a terminal a text takes.

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** East Asian Wide and Fullwidth (Unicode Standard Annex #11), by block. */
const wide =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u3247\u3250-\ua4c6\u2630-\u2637\u268a-\u268f\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1d300}-\u{1d376}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;

const invisible = /^(?:\p{Mn}|\p{Me}|\p{Cf}|\p{Cc})*$/u;

const plain = /^[\u0020-\u007e]*$/;

/** The columns that a text takes: two for a wide character or an emoji, none for a mark that joins the one before. */
export function textWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += invisible.test(segment) ? 0 : wide.test(segment) ? 2 : 1;
  return width;
}

/** The text with spaces behind it, up to a width. */
export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - textWidth(text)));
}

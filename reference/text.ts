// The rules of text that people write: no control characters, lengths in code points, surrounding space removed.
// The pipeline has brought it into NFC before.

import { z } from "trivium/contract";

const controls = /\p{Cc}/u;
const controlsOfParagraphs = /[^\P{Cc}\n\t]/u;

// What a client can check by itself: something visible, no control characters.
const linePattern = "^ *[^\\s\\ufeff\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$";
const paragraphsPattern =
  "^ *[^\\s\\ufeff\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]*$";

/**
 * One line of 1 to `max` code points after trimming, without control characters.
 *
 * @example displayName: line(80)
 */
export function line(max: number): z.ZodString {
  return visible(max, controls).meta({ minLength: 1, maxLength: max, pattern: linePattern });
}

/** As `line`, with line feeds and tabs. */
export function paragraphs(max: number): z.ZodString {
  return visible(max, controlsOfParagraphs).meta({ minLength: 1, maxLength: max, pattern: paragraphsPattern });
}

/** A secret of `min` to `max` code points, taken as it is. */
export function secret(min: number, max: number): z.ZodString {
  return z
    .string()
    .check((payload) => checkLength(payload, min, max))
    .meta({ minLength: min, maxLength: max, format: "password" });
}

type Payload = z.core.ParsePayload<string>;

function visible(max: number, forbidden: RegExp): z.ZodString {
  return z
    .string()
    .trim()
    .check((payload) => {
      checkLength(payload, 1, max);
      if (forbidden.test(payload.value)) {
        const message = "Must not contain control characters";
        payload.issues.push({ code: "invalid_format", format: "text", input: payload.value, message });
      }
    });
}

function checkLength({ value, issues }: Payload, min: number, max: number): void {
  const length = codePoints(value, max);
  if (length < min) {
    const message = `Must have at least ${min} character${min === 1 ? "" : "s"}`;
    issues.push({ code: "too_small", origin: "string", minimum: min, inclusive: true, input: value, message });
  }
  if (length > max) {
    const message = `Must have at most ${max} characters`;
    issues.push({ code: "too_big", origin: "string", maximum: max, inclusive: true, input: value, message });
  }
}

/** Exact up to `enough`; of a longer text it reads no more than it must. */
function codePoints(text: string, enough: number): number {
  if (text.length > 2 * enough) return enough + 1; // a code point has at most two units
  let count = 0;
  for (const _ of text) count++;
  return count;
}

// Compares an output with what a document shows, where ids, tokens and times differ from run to run.

const patterns: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["token", /\beyJ[\w-]{10,}(?:\.[\w-]+)*/g],
  ["uuid", /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g],
  ["trace", /\b[0-9a-f]{32}\b/g],
  ["span", /\b[0-9a-f]{16}\b/g],
  ["time", /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?/g],
  ["date", /\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\b/g],
  ["day", /\b\d{4}-\d\d-\d\d\b/g],
  ["clock", /\b\d\d:\d\d:\d\d\.\d{3}\b/g],
  ["duration", /\b\d+(?:\.\d+)? ?(?:ms|s)\b/g],
  ["pid", /(?<=\bpid[" :=]{1,4})\d+/g],
];

/**
 * A text with everything that varies replaced by a name and a number: the first uuid of the text is `<uuid 1>` wherever
 * it stands, so that two texts are equal only when the same value stands in the same places. Times carry no number.
 */
export function normalised(text: string): string {
  let result = text
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    .trim();
  for (const [name, pattern] of patterns) {
    const seen = new Map<string, string>();
    const numbered = ["token", "uuid"].includes(name);
    result = result.replaceAll(pattern, (found) => {
      if (!seen.has(found)) seen.set(found, numbered ? `<${name} ${seen.size + 1}>` : `<${name}>`);
      return seen.get(found) ?? found;
    });
  }
  return result;
}

/** Whether an output is what is expected. `…` stands for any text of a line; alone on a line, for any lines or none. */
export function matches(output: string, expected: string): boolean {
  return linesMatch(normalised(output).split("\n"), normalised(expected).split("\n"));
}

/** Whether each expected line is a line of the output, in this order, with others between them. */
export function containsInOrder(output: string, expected: string): boolean {
  const wanted = normalised(expected)
    .split("\n")
    .filter((line) => line !== "");
  return linesMatch(normalised(output).split("\n"), ["…", ...wanted.flatMap((line) => [line, "…"])]);
}

function linesMatch(lines: readonly string[], wanted: readonly string[]): boolean {
  const [want, ...rest] = wanted;
  if (want === undefined) return lines.length === 0;
  if (want.trim() === "…") return linesMatch(lines, rest) || (lines.length > 0 && linesMatch(lines.slice(1), wanted));
  const [line, ...more] = lines;
  return line !== undefined && lineMatches(line, want) && linesMatch(more, rest);
}

function lineMatches(line: string, want: string): boolean {
  const parts = want.split("…");
  const [first = "", last = ""] = [parts[0], parts.at(-1)];
  if (parts.length === 1) return line === want;
  if (!line.startsWith(first) || !line.endsWith(last) || line.length < first.length + last.length) return false;
  let rest = line.slice(first.length, line.length - last.length);
  return parts.slice(1, -1).every((part) => {
    const at = rest.indexOf(part);
    rest = rest.slice(at + part.length);
    return at >= 0;
  });
}

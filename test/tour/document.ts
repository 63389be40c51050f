// Reads the commands and the outputs out of a Markdown document. The format is described in test/tour.test.ts.

/** What is to be seen beneath a command. */
export interface Expected {
  readonly text: string;
  /** The lines of the document between the fences, counted from 0: first and one past the last. */
  readonly from: number;
  readonly to: number;
}

/** One thing that a reader does. */
export interface Step {
  readonly kind: "start" | "stop" | "run";
  /** Counted from 1. */
  readonly line: number;
  readonly command: string;
  readonly exit: number;
  readonly eventually: boolean;
  expected?: Expected;
}

interface Marks {
  start?: boolean;
  eventually?: boolean;
  exit?: number;
  skip?: string;
}

const fence = /^```(\w*)\s*$/;
const marker = /^<!--\s*(start|stop|eventually|exit|skip)(?::\s*(.*?))?\s*-->\s*$/;
const outputLanguages = ["text", "json", "http", "proto"];

/** The steps of a document in their order. Throws on a marker or a fence that is out of place, naming its line. */
export function stepsOf(markdown: string): Step[] {
  const lines = markdown.split("\n");
  const steps: Step[] = [];
  let marks: Marks = {};
  let above: Step | undefined;
  for (let index = 0; index < lines.length; index++) {
    const text = lines[index] ?? "";
    const [, mark, value] = marker.exec(text) ?? [];
    if (mark === "stop") {
      above = step("stop", index, "", {});
      steps.push(above);
    } else if (mark !== undefined) setMark(marks, mark, value, index);
    const language = fence.exec(text)?.[1];
    if (language === undefined) continue;
    const from = index + 1;
    const to = closingFence(lines, from);
    const body = lines.slice(from, to).join("\n");
    if (language === "sh") {
      above = marks.skip === undefined ? step(marks.start ? "start" : "run", index, body, marks) : undefined;
      if (above !== undefined) steps.push(above);
      marks = {};
    } else {
      if (Object.keys(marks).length > 0) throw new Error(`line ${from}: a marker is above a block that is not sh`);
      if (above !== undefined && outputLanguages.includes(language)) above.expected = { text: body, from, to };
      above = undefined;
    }
    index = to;
  }
  if (Object.keys(marks).length > 0) throw new Error("the last marker is above no block");
  return steps;
}

function step(kind: Step["kind"], index: number, command: string, { exit = 0, eventually = false }: Marks): Step {
  return { kind, line: index + 1, command, exit, eventually };
}

function setMark(marks: Marks, mark: string, value: string | undefined, index: number): void {
  if (mark === "start") marks.start = true;
  if (mark === "eventually") marks.eventually = true;
  if (mark === "exit") {
    marks.exit = Number(value);
    if (!Number.isInteger(marks.exit)) throw new Error(`line ${index + 1}: exit needs a number`);
  }
  if (mark === "skip") {
    if (!value) throw new Error(`line ${index + 1}: skip needs a reason`);
    marks.skip = value;
  }
}

function closingFence(lines: readonly string[], from: number): number {
  const to = lines.findIndex((text, index) => index >= from && text === "```");
  if (to < 0) throw new Error(`line ${from}: the block is never closed`);
  return to;
}

/** The document with other outputs; the last ones first, so that the lines above keep their places. */
export function withOutputs(markdown: string, outputs: ReadonlyMap<Expected, string>): string {
  const lines = markdown.split("\n");
  for (const [{ from, to }, text] of [...outputs].toSorted(([one], [other]) => other.from - one.from))
    lines.splice(from, to - from, ...text.split("\n"));
  return lines.join("\n");
}

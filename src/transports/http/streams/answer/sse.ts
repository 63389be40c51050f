// Server-Sent Events: each answer is an event whose id is the answer's cursor, so that a browser resumes after it.

import type { AnswerForm } from "./answer-form.ts";

/** Milliseconds after which a browser connects again: spread, so that not all of them come back at once. */
const retry = { from: 1000, to: 3000 };

/** Events. JSON has no line breaks, so that each is one line of data. */
export const sse: AnswerForm = {
  start: () => `retry: ${Math.round(retry.from + Math.random() * (retry.to - retry.from))}\n\n`,
  heartbeat: ":\n\n",
  end: 'event: end\ndata: {"end":true}\n\n',
  item: (answer) => `${idLine(answer)}data: ${JSON.stringify(answer)}\n\n`,
  error: (problem) => `event: error\ndata: ${problem}\n\n`,
};

/** A cursor that an id cannot hold is left out: it could not be sent back either. */
function idLine(answer: unknown): string {
  if (typeof answer !== "object" || answer === null || !("cursor" in answer)) return "";
  const { cursor } = answer;
  return typeof cursor === "string" && /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(cursor)
    ? `id: ${cursor}\n`
    : "";
}

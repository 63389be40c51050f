// NDJSON: each record is a line with an object of one member, so that no answer can be taken for the end or the error.

import type { AnswerForm } from "./answer-form.ts";

/** Lines. */
export const ndjson: AnswerForm = {
  start: () => "",
  heartbeat: "\n",
  end: '{"end":true}\n',
  item: (answer) => `{"item":${JSON.stringify(answer)}}\n`,
  error: (problem) => `{"error":${problem}}\n`,
};

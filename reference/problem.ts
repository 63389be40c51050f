// An error as one sentence for whoever gets it inside of an answer.

import type { AppError } from "trivium/contract";

/** Its message; of an input that breaks rules, which ones. */
export function whatIsWrong({ message, violations = [] }: AppError): string {
  if (violations.length === 0) return message;
  return violations.map((each) => (each.path === "" ? each.message : `${each.path}: ${each.message}`)).join("; ");
}

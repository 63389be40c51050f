// zod's issues as violations: stable rule names that are equal on every road, and paths that a person can read.

import type { z } from "zod";
import type { Violation } from "../../../core/app-error.ts";
import { missing } from "./rule-message.ts";

/** `["items", 2, "name"]` → `items[2].name`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}

/** One violation per broken rule; an unknown field is one of its own. For issues that `ruleMessage` has worded. */
export function violationsFromIssues(issues: readonly z.core.$ZodIssue[]): Violation[] {
  return issues.flatMap((issue): Violation[] => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        path: fieldPath([...issue.path, key]),
        message: "There is no such field",
        rule: "unknown_field",
      }));
    }
    return [{ path: fieldPath(issue.path), message: issue.message, rule: ruleOf(issue) }];
  });
}

function isMissing(issue: z.core.$ZodIssue): boolean {
  return issue.message === missing;
}

function ruleOf(issue: z.core.$ZodIssue): string {
  if (isMissing(issue)) return "required";
  switch (issue.code) {
    case "too_small":
      return issue.origin === "string" || issue.origin === "array" ? "too_short" : "too_small";
    case "too_big":
      return issue.origin === "string" || issue.origin === "array" ? "too_long" : "too_large";
    case "invalid_type":
      return "wrong_type";
    case "invalid_value":
      return "not_allowed";
    case "invalid_format":
      return `invalid_${issue.format}`;
    default:
      return issue.code;
  }
}

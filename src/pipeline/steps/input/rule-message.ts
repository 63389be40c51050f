// What the public is told of a broken rule, in plain words, where the contract's author gave none of his own.

import type { z } from "zod";

/** What is told of a field that is not there. */
export const missing = "Is required";

/** The message of an issue: an error map of zod's, used for issues without a message of the schema's own. */
export function ruleMessage(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? missing : `Must be ${typeNames[issue.expected] ?? issue.expected}`;
    case "too_small":
      return bound(issue.origin, "at least", Number(issue.minimum), issue.inclusive ?? true, "more than");
    case "too_big":
      return bound(issue.origin, "at most", Number(issue.maximum), issue.inclusive ?? true, "less than");
    case "invalid_value":
      return issue.input === undefined
        ? missing
        : `Must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
    case "invalid_format":
      return `Must be ${formatNames[issue.format] ?? "of the form that the contract names"}`;
    case "not_multiple_of":
      return `Must be a multiple of ${issue.divisor}`;
    case "invalid_union":
      return issue.input === undefined ? missing : "Must have one of the forms that the contract names";
    default:
      return "Is not valid";
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: "text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
  null: "null",
};

const formatNames: Readonly<Record<string, string>> = {
  uuid: "a UUID",
  email: "an email address",
  url: "a URL",
  date: "a date such as 2026-11-22",
  datetime: "a time such as 2026-11-22T18:40:00Z",
  base64: "base64",
};

function bound(origin: string, words: string, limit: number, inclusive: boolean, exclusiveWords: string): string {
  const unit = limit === 1 ? units[origin] : units[`${origin}s`];
  if (unit !== undefined) return `Must have ${words} ${limit} ${unit}`;
  return `Must be ${inclusive ? words : exclusiveWords} ${limit}`;
}

const units: Readonly<Record<string, string>> = {
  string: "character",
  strings: "characters",
  array: "item",
  arrays: "items",
};

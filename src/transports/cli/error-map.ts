// Errors on the command line: an AppError becomes an exit code and what is printed on stderr.

import type { AppError } from "../../core/app-error.ts";
import { catalogue, isCatalogueReason } from "../../core/catalogue.ts";
import { problemFromError } from "../../core/problem.ts";
import type { SetupError } from "../../core/setup-error.ts";
import { type Code, codeTable } from "../../core/status.ts";
import { printable, printableJson } from "./output/printable.ts";

/** An error in its form for the command line. */
export interface ErrorAnswer {
  /** The exit code. */
  readonly exit: number;
  /** For stderr. */
  readonly text: string;
}

/** How to show an error. */
export interface ErrorForm {
  readonly json: boolean;
  readonly requestId: string;
  /** What to do, where the command line knows better than the catalogue; empty: nothing. */
  readonly hint?: string | undefined;
  /** The flag that carries a field: violations name it. */
  readonly flagOf?: ((path: string) => string | undefined) | undefined;
  /** Whether the message alone says what is wrong: then violations are not listed. */
  readonly brief?: boolean;
}

/** Whoever meets one of these can only report it. */
const toReport: readonly Code[] = ["INTERNAL", "UNKNOWN", "DATA_LOSS"];

const hints: Readonly<Record<string, string>> = {
  RATE_LIMITED: "Wait a while; a server states at /limits how often operations may be called.",
  CREDENTIAL_MISSING: "Give --token, or keep a token with `login`; on the app's own data --as <user> will do.",
  INTERNAL: "Report the request id. On the app's own data, LOG_LEVEL=error shows what happened.",
  VERSION_REQUIRED: "Give --version with the version that you read.",
  MALFORMED_BODY: "Give one JSON object in UTF-8: --input '{…}', --input @file, or --input - for the standard input.",
};

/**
 * With `json` the problem object on one line. Else `error: …` on one line, a line for each violation, and a hint where
 * one is known. Never holds cause or stack, never an input's value.
 */
export function answerFromError(error: AppError, form: ErrorForm): ErrorAnswer {
  const { exit } = codeTable[error.code];
  if (form.json) return { exit, text: `${printableJson(JSON.stringify(problemFromError(error, form.requestId)))}\n` };
  const lines = [
    `error: ${error.message} (${error.reason})`,
    ...(form.brief === true ? [] : (error.violations ?? [])).map(({ path, message }) => {
      const where = form.flagOf?.(path) ?? path;
      return where === "" ? `  ${message}` : `  ${where}: ${message}`;
    }),
    ...hintLines(error, form),
    ...(toReport.includes(error.code) ? [`request id: ${form.requestId}`] : []),
  ];
  return { exit, text: lines.map((line) => `${printable(line)}\n`).join("") };
}

function hintLines({ reason, violations, retryAfter }: AppError, { hint }: ErrorForm): string[] {
  const mend = hints[reason] ?? (isCatalogueReason(reason) ? catalogue[reason].mend : undefined);
  // The violations that are printed say it already.
  const known = hint ?? (violations === undefined ? mend : undefined);
  const wait = retryAfter === undefined ? [] : [`hint: Retry in ${Math.max(1, Math.ceil(retryAfter))} s.`];
  return known === undefined || known === "" ? wait : [`hint: ${known}`, ...wait];
}

/** A set-up that is not in order, as its list; with `json` as an object with its problems. */
export function setupText({ message, problems }: SetupError, json: boolean): string {
  const [title = "", ...list] = message.split("\n").map(printable);
  if (json) return `${printableJson(JSON.stringify({ title: title.split(":")[0], problems }))}\n`;
  return [`error: ${title}`, ...list, ""].join("\n");
}

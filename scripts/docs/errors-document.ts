// docs/errors.md: every code, every reason of the foundation's catalogue, every failure that an app declares.

import type { Failure } from "../../src/contract/failure.ts";
import type { Registry } from "../../src/contract/registry.ts";
import { catalogue } from "../../src/core/catalogue.ts";
import { type Code, codes, codeTable } from "../../src/core/status.ts";

/** The document as Markdown. The same app and catalogue always give the same text. */
export function errorsDocument(registry: Registry): string {
  return [
    "# Errors",
    "",
    "Every error has a `code`, one of the sixteen of gRPC, and a `reason`, a stable name that is unique in an app. HTTP",
    "answers a problem object (RFC 9457, `application/problem+json`), gRPC a status with `google.rpc.ErrorInfo`, the command",
    "line one line on stderr and an exit code. This page is written by `npm run docs`.",
    "",
    "## Codes",
    "",
    ...codesTable(),
    "",
    "## Reasons of every app",
    "",
    "The foundation itself answers these. Where a reason has an HTTP status of its own, that one counts, not the code's.",
    ...Object.entries(catalogue).flatMap(([reason, row]) => section({ reason, ...row }, row.mend)),
    "",
    "## Reasons of the reference service",
    "",
    `\`${registry.app}\` declares these as failures of its operations.`,
    ...declaredFailures(registry).flatMap(([failure, operations]) =>
      section(failure, `Details: ${detailsOf(failure)}. Answered by ${operations.map(codeSpan).join(", ")}.`),
    ),
    "",
  ].join("\n");
}

function codesTable(): string[] {
  const rows = codes
    .toSorted((one, other) => codeTable[one].grpc - codeTable[other].grpc)
    .map((code) => `| ${code} | ${codeTable[code].grpc} | ${codeTable[code].http} | ${codeTable[code].exit} |`);
  return ["| Code | gRPC | HTTP | Exit |", "| --- | --- | --- | --- |", ...rows];
}

interface Reason {
  readonly reason: string;
  readonly code: Code;
  readonly message: string;
  readonly httpStatus?: number | undefined;
}

function section({ reason, code, message, httpStatus }: Reason, more: string): string[] {
  const status = `HTTP ${httpStatus ?? codeTable[code].http}, exit ${codeTable[code].exit}`;
  return ["", `### ${reason}`, "", `${code}, ${status}. ${message}.`, "", more];
}

/** Each failure once, in the order of declaration, with the operations that name it. */
function declaredFailures(registry: Registry): [Failure, string[]][] {
  const users = new Map<Failure, string[]>();
  for (const { id, contract } of registry.operations)
    for (const failure of contract.failures) users.set(failure, [...(users.get(failure) ?? []), id]);
  return [...users];
}

function detailsOf(failure: Failure): string {
  const names = Object.keys(failure.details.shape);
  return names.length === 0 ? "none" : names.map(codeSpan).join(", ");
}

function codeSpan(text: string): string {
  return `\`${text}\``;
}

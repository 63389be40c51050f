// The page that every problem's `type` points into: what each reason means and what can be done about it.

import type { Failure } from "../../../contract/failure.ts";
import type { Registry } from "../../../contract/registry.ts";
import { catalogue } from "../../../core/catalogue.ts";
import { type Code, codeTable } from "../../../core/status.ts";
import type { ApiInfo } from "../openapi/document.ts";
import { escapeHtml, type Page } from "./page.ts";

interface Reason {
  readonly reason: string;
  readonly code: Code;
  readonly status: number;
  readonly message: string;
  readonly more: string;
}

/** One page with a heading per reason, its anchor the reason in lower case. */
export function errorsPage(registry: Registry, info: ApiInfo): Page {
  const title = `Errors of ${escapeHtml(info.title)}`;
  const body = [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>`,
    '<meta name="viewport" content="width=device-width"></head><body><main>',
    `<h1>${title}</h1>`,
    "<p>Every error is a problem object (RFC 9457) with a code and a stable reason.</p>",
    "<h2>Of the operations</h2>",
    ...declared(registry).map(section),
    "<h2>Of every operation</h2>",
    ...foundation().map(section),
    "</main></body></html>",
  ].join("\n");
  return { type: "text/html; charset=utf-8", body };
}

function declared(registry: Registry): Reason[] {
  const users = new Map<Failure, string[]>();
  for (const { id, contract } of registry.operations)
    for (const failure of contract.failures) users.set(failure, [...(users.get(failure) ?? []), id]);
  return [...users].map(([{ reason, code, message }, ids]) => ({
    reason,
    code,
    status: codeTable[code].http,
    message,
    more: `Answered by ${ids.join(", ")}.`,
  }));
}

function foundation(): Reason[] {
  return Object.entries(catalogue).map(([reason, { code, message, mend, httpStatus }]) => ({
    reason,
    code,
    status: httpStatus ?? codeTable[code].http,
    message,
    more: mend,
  }));
}

function section({ reason, code, status, message, more }: Reason): string {
  return [
    `<section id="${escapeHtml(reason.toLowerCase())}"><h3>${escapeHtml(reason)}</h3>`,
    `<p>${escapeHtml(message)}. ${escapeHtml(more)}</p>`,
    `<p><small>Code ${code}, HTTP status ${status}</small></p></section>`,
  ].join("\n");
}

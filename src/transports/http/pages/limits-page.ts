// The fair-usage policy: every limit of the app and of its operations, in words and as JSON.

import { type NamedLimit, namedLimits } from "../../../contract/limits/limit.ts";
import { limitInWords } from "../../../contract/limits/limit-words.ts";
import type { Registry } from "../../../contract/registry.ts";
import type { ApiInfo } from "../openapi/document.ts";
import { statedLimit } from "../openapi/stated-limit.ts";
import { escapeHtml, type Page } from "./page.ts";

/** For people. */
export function limitsPage(registry: Registry, info: ApiInfo, overall: readonly NamedLimit[]): Page {
  const title = `Limits of ${escapeHtml(info.title)}`;
  const own = registry.operations.map(({ id, contract }) => ({ id, limits: namedLimits(id, contract.limits) }));
  const limited = own.filter(({ limits }) => limits.length > 0);
  const unlimited = own.filter(({ limits }) => limits.length === 0).map(({ id }) => escapeHtml(id));
  const body = [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>`,
    '<meta name="viewport" content="width=device-width"></head><body><main>',
    `<h1>${title}</h1>`,
    "<p>Whoever calls more often is answered 429 RATE_LIMITED, with the seconds to wait in Retry-After. Answers say in",
    "RateLimit what is left, and in RateLimit-Policy what is counted.</p>",
    "<h2>Of all operations together</h2>",
    listOf(overall),
    "<h2>Of single operations</h2>",
    ...limited.map(({ id, limits }) => `<h3>${escapeHtml(id)}</h3>\n${listOf(limits)}`),
    ...(unlimited.length === 0 ? [] : [`<p>Without a limit of their own: ${unlimited.join(", ")}.</p>`]),
    "</main></body></html>",
  ].join("\n");
  return { type: "text/html; charset=utf-8", body };
}

function listOf(limits: readonly NamedLimit[]): string {
  if (limits.length === 0) return "<p>None.</p>";
  const items = limits.map(
    ({ name, rule }) => `<li><b>${escapeHtml(name)}</b>: ${escapeHtml(limitInWords(rule))}</li>`,
  );
  return `<ul>${items.join("\n")}</ul>`;
}

/** For programs. */
export function limitsStatement(registry: Registry, overall: readonly NamedLimit[]): Page {
  const limits = [
    ...overall.map((limit) => statedLimit(limit)),
    ...registry.operations.flatMap(({ id, contract }) =>
      namedLimits(id, contract.limits).map((limit) => statedLimit(limit, id)),
    ),
  ];
  return { type: "application/json", body: `${JSON.stringify({ limits })}\n` };
}

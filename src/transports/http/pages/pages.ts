// The pages that the server has: the app's website, the API's document, the viewer for it, what each error means, and the limits.

import { createHash } from "node:crypto";
import { asyncApiDocument } from "../asyncapi/document.ts";
import type { RouteHandler } from "../call.ts";
import { prefersJson } from "../headers/accept.ts";
import { namesTag } from "../headers/etag.ts";
import { requestIdOf } from "../headers/identity.ts";
import { openApiDocument } from "../openapi/document.ts";
import type { HttpServerOptions } from "../options.ts";
import { apiSecurity, codingFor, type Responder } from "../responder.ts";
import { errorsPage } from "./errors-page.ts";
import { limitsPage, limitsStatement } from "./limits-page.ts";
import type { Page } from "./page.ts";
import { viewerFiles } from "./viewer.ts";
import { websiteFiles } from "./website.ts";

/** The handlers of all pages by path. Pages are made when they are first asked for, and kept. */
export function createPages(
  { registry, info, limits = [], website }: Pick<HttpServerOptions, "registry" | "info" | "limits" | "website">,
  responder: Responder,
): ReadonlyMap<string, RouteHandler> {
  const pages = new Map<string, () => Page>([
    // First, so that nothing of it takes the place of a page of the server itself.
    ...(website === undefined ? [] : websiteFiles(website)),
    ["/openapi.json", () => jsonPage(openApiDocument(registry, info))],
    ["/asyncapi.json", () => jsonPage(asyncApiDocument(registry, info))],
    ["/errors", () => errorsPage(registry, info)],
    ...viewerFiles(info),
  ]);
  const handlers = new Map([...pages].map(([path, make]) => [path, pageHandler(make, responder)]));
  const statement = pageHandler(() => limitsStatement(registry, limits), responder);
  const page = pageHandler(() => limitsPage(registry, info, limits), responder);
  return handlers.set("/limits", (request, reply) =>
    (prefersJson(request.raw.headers.accept ?? "") ? statement : page)(request, reply),
  );
}

function jsonPage(document: unknown): Page {
  return { type: "application/json", body: `${JSON.stringify(document)}\n` };
}

function pageHandler(make: () => Page, responder: Responder): RouteHandler {
  let kept: { readonly page: Page; readonly hash: string } | undefined;
  return (request, reply) => {
    kept ??= withHash(make());
    const { page, hash } = kept;
    const coding = codingFor(request.raw.headers, page.body);
    const tag = coding === undefined ? `"${hash}"` : `"${hash}-${coding}"`;
    const security = page.policy === undefined ? apiSecurity : ["content-security-policy", page.policy];
    const caching = ["cache-control", "no-cache", "vary", "Accept, Accept-Encoding", "etag", tag];
    const { "if-none-match": held } = request.raw.headers;
    const requestId = requestIdOf(request.raw.headers);
    if (held !== undefined && namesTag(held, tag))
      return responder.send(request, reply, {
        status: 304,
        requestId,
        headers: [...caching, ...security],
        body: undefined,
      });
    const headers = ["content-type", page.type, ...caching, ...security];
    responder.send(request, reply, { status: 200, requestId, headers, body: page.body, coding });
  };
}

function withHash(page: Page): { readonly page: Page; readonly hash: string } {
  return { page, hash: createHash("sha256").update(page.body).digest("hex").slice(0, 16) };
}

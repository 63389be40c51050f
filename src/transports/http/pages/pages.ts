// The pages that the server itself has: the API's document, the viewer for it, and what each error means.

import { createHash } from "node:crypto";
import type { Registry } from "../../../contract/registry.ts";
import type { RouteHandler } from "../call.ts";
import { namesTag } from "../headers/etag.ts";
import { requestIdOf } from "../headers/identity.ts";
import { type ApiInfo, openApiDocument } from "../openapi/document.ts";
import { apiSecurity, codingFor, type Responder } from "../responder.ts";
import { errorsPage } from "./errors-page.ts";
import type { Page } from "./page.ts";
import { viewerFiles } from "./viewer.ts";

/** The handlers of all pages by path. Pages are made when they are first asked for, and kept. */
export function createPages(
  registry: Registry,
  info: ApiInfo,
  responder: Responder,
): ReadonlyMap<string, RouteHandler> {
  const pages = new Map<string, () => Page>([
    [
      "/openapi.json",
      () => ({ type: "application/json", body: `${JSON.stringify(openApiDocument(registry, info))}\n` }),
    ],
    ["/errors", () => errorsPage(registry, info)],
    ...viewerFiles(info),
  ]);
  return new Map([...pages].map(([path, make]) => [path, pageHandler(make, responder)]));
}

function pageHandler(make: () => Page, responder: Responder): RouteHandler {
  let kept: { readonly page: Page; readonly hash: string } | undefined;
  return (request, reply) => {
    kept ??= withHash(make());
    const { page, hash } = kept;
    const coding = codingFor(request.raw.headers, page.body);
    const tag = coding === undefined ? `"${hash}"` : `"${hash}-${coding}"`;
    const security = page.policy === undefined ? apiSecurity : ["content-security-policy", page.policy];
    const caching = ["cache-control", "no-cache", "vary", "Accept-Encoding", "etag", tag];
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

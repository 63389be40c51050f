// Swagger UI at /docs, from files on this machine: the browser asks nobody else for anything.

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ApiInfo } from "../openapi/document.ts";
import { escapeHtml, type Page } from "./page.ts";

/** Swagger UI's own files that the viewer serves; the build copies them into `swagger-ui/` beside this file. */
export const viewerAssets: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Runs in the browser. A file of its own, since the page's policy lets no inline script run. */
const start = `SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#viewer",
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
  presets: [SwaggerUIBundle.presets.apis],
});
`;

/** The viewer's pages by path; none where Swagger UI's files are not there. */
export function viewerFiles(info: ApiInfo): [path: string, make: () => Page][] {
  const folder = assetFolder();
  if (folder === undefined) return [];
  const assets = Object.entries(viewerAssets).map(([name, type]): [string, () => Page] => [
    `/docs/${name}`,
    () => ({ type, body: readFileSync(new URL(name, folder), "utf8") }),
  ]);
  const script = { type: "text/javascript; charset=utf-8", body: start };
  return [["/docs", () => page(info)], ["/docs/start.js", () => script], ...assets];
}

function page({ title }: ApiInfo): Page {
  const body = [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>`,
    '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">',
    '<link rel="stylesheet" href="/docs/swagger-ui.css"></head><body><div id="viewer"></div>',
    '<script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>',
  ].join("\n");
  return { type: "text/html; charset=utf-8", body, policy };
}

/** Where the files are: copied beside this one by the build, or in the package that development installs. */
function assetFolder(): URL | undefined {
  const built = new URL("./swagger-ui/", import.meta.url);
  if (existsSync(fileURLToPath(built))) return built;
  try {
    return new URL("./", import.meta.resolve("swagger-ui-dist/package.json"));
  } catch {
    return undefined;
  }
}

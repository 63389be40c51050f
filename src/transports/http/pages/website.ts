// A small website that the app serves itself, at `/`: the files of a folder, as they are.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Page } from "./page.ts";

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};

/** What its pages may do: nothing that does not come from this server, and no inline script or style. */
const policy = [
  "default-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * The files of a folder and its folders by path; `index.html` stands for its folder. Files and folders whose names begin
 * with a dot are left out. Each file is read when it is first asked for.
 */
export function websiteFiles(folder: URL): [path: string, make: () => Page][] {
  return filesIn(folder, "/").map(([path, file]) => [
    path.replace(/\/index\.html$/, "/"),
    () => ({ type: typeOf(path) ?? "application/octet-stream", body: readFileSync(file), policy }),
  ]);
}

/** What is wrong with a website: a folder that is not there, a kind of file that no browser is told of. */
export function websiteProblems(folder: URL): string[] {
  const name = fileURLToPath(folder);
  if (!existsSync(name) || !statSync(name).isDirectory()) return [`website: there is no folder ${name}`];
  const files = filesIn(folder, "/").map(([path]) => path);
  const strange = files.filter((path) => !/^[\w./-]+$/.test(path));
  const unknown = files.filter((path) => typeOf(path) === undefined);
  return [
    ...(files.includes("/index.html") ? [] : [`website: ${name} has no index.html`]),
    ...strange.map((path) => `website: ${path}: use letters, digits, dots, hyphens and underscores`),
    ...unknown.map((path) => `website: ${path}: only ${Object.keys(types).join(", ")} are served`),
  ];
}

function typeOf(path: string): string | undefined {
  return types[extname(path)];
}

function filesIn(folder: URL, path: string): [path: string, file: URL][] {
  const base = folder.href.endsWith("/") ? folder : pathToFileURL(`${fileURLToPath(folder)}/`);
  return readdirSync(base, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith("."))
    .flatMap((entry): [string, URL][] => {
      const below = new URL(encodeURIComponent(entry.name), base);
      if (entry.isDirectory()) return filesIn(new URL(`${below.href}/`), `${path}${entry.name}/`);
      return [[`${path}${entry.name}`, below]];
    });
}

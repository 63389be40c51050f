// Serves the sources of the package to a browser as the ES modules that they are: types stripped, bare names by a map.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import type { AddressInfo } from "node:net";
import { resolve, sep } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const folders = ["src", "test/browser", "node_modules/zod"].map((folder) => resolve(root, folder) + sep);

const imports = {
  zod: "/node_modules/zod/index.js",
  "trivium/client": "/src/client/index.ts",
  "trivium/contract": "/src/contract/index.ts",
};

/** As careful pages have it: no code is made out of text. */
const policy = { "content-security-policy": "script-src 'self' 'unsafe-inline'" } as const;

/** A server of modules, and of one page that loads one of them. */
export interface ModuleServer {
  /** Of the page. */
  readonly url: string;
  close(): void;
}

/** Serves a page that runs the module of this path within the repository. */
export async function serveModules(module: string): Promise<ModuleServer> {
  const page = `<!doctype html><link rel="icon" href="data:,"><script type="importmap">${JSON.stringify({ imports })}</script>
    <script type="module" src="/${module}"></script>`;
  const server = createServer((request, response) => {
    if (request.url === "/") response.writeHead(200, { "content-type": "text/html", ...policy }).end(page);
    else {
      const text = moduleText(request.url ?? "");
      response.writeHead(text === undefined ? 404 : 200, { "content-type": "text/javascript" }).end(text);
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, // a TCP server's address
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function moduleText(path: string): string | undefined {
  const file = resolve(root, `.${path}`);
  if (!folders.some((folder) => file.startsWith(folder))) return undefined;
  try {
    const text = readFileSync(file, "utf8");
    return file.endsWith(".ts") ? stripTypeScriptTypes(text) : text;
  } catch {
    return undefined;
  }
}

// npm run smoke: the package as a user gets it. Packs it, installs the tarball with its optional peers in an empty
// folder, type-checks a small app there with tsc, and runs that app on every road that a reader tries first.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";

const root = resolve(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "trivium-smoke-"));
const ports = { HTTP_PORT: "0", GRPC_PORT: "0", ADMIN_PORT: "0" };
const env = { ...process.env, ...ports, NODE_ENV: "development", TRIVIUM_DATA_DIR: join(folder, "data") };

try {
  install();
  console.log("installed from its tarball");
  run(join(folder, "node_modules/.bin/tsc"), ["-p", "."]);
  console.log("type-checked there");
  node("package-check.ts");
  console.log("every subpath loads");
  await serveAndAsk();
  console.log("served over HTTP and the command line");
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function install(): void {
  const packed = run("npm", ["pack", "--silent", "--pack-destination", folder], root).trim();
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    devDependencies: Record<string, string>; // what this package.json has
  };
  const wanted = ["pg", "@electric-sql/pglite", "typescript", "@types/node", "@types/pg"];
  const versions = wanted.map((name) => `${name}@${manifest.devDependencies[name]}`);
  cpSync(join(root, "scripts/package-smoke"), folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "smoke", private: true, type: "module" }));
  const install = ["install", "--no-audit", "--no-fund", "--loglevel=error", join(folder, packed), ...versions];
  try {
    run("npm", install);
  } catch {
    run("npm", install); // a registry may hiccup: one more try
  }
}

async function serveAndAsk(): Promise<void> {
  const server = spawn(process.execPath, ["main.ts", "start"], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const http = await addressOf(server.stdout);
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${http}/v1/notes`, { method: "POST", headers, body: '{"text":"from the package"}' });
    const note = (await answer.json()) as { id: string; text: string }; // the contract's output
    assert.equal(note.text, "from the package");
    assert.equal((await fetch(`${http}/docs/swagger-ui-bundle.js`)).status, 200);
    assert.match(node("main.ts", "notes", "get", "--id", note.id), /from the package/);
  } finally {
    server.kill("SIGTERM");
    const [code] = await once(server, "exit");
    assert.equal(code, 0, "the server stops cleanly");
  }
}

async function addressOf(output: Readable): Promise<string> {
  let text = "";
  for await (const chunk of output.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    text += chunk;
    const found = /^ {2}HTTP +(\S+)/m.exec(text)?.[1];
    if (found !== undefined) return found;
  }
  throw new Error(`the server ended before it was ready:\n${text}`);
}

function node(...args: string[]): string {
  return run(process.execPath, ["--disable-warning=ExperimentalWarning", ...args]);
}

function run(command: string, args: readonly string[], cwd = folder): string {
  return execFileSync(command, args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

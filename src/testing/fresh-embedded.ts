// Fresh embedded databases for tests. Making one takes seconds, so it is done once and then copied.

import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createEmbeddedDatabase, type EmbeddedDatabase, type EmbeddedOptions } from "../adapters/embedded/index.ts";
import { loadPGlite } from "../adapters/embedded/pglite.ts";

let made: Promise<Blob> | undefined;

/**
 * An empty in-memory database of the caller's own, in about a quarter of a second. The first one on a machine takes
 * seconds and leaves a copy in node_modules/.cache. The caller closes it.
 */
export async function freshEmbedded(options: Omit<EmbeddedOptions, "folder"> = {}): Promise<EmbeddedDatabase> {
  made ??= emptyData();
  return createEmbeddedDatabase({ folder: "memory://", initialData: await made, ...options });
}

async function emptyData(): Promise<Blob> {
  const folder = join(process.cwd(), "node_modules", ".cache", "trivium");
  const file = join(folder, `pglite-${await version()}.tar`);
  try {
    return new Blob([await readFile(file)]);
  } catch {
    const data = await makeData();
    // Without a place to keep it, it is made again next time.
    await keep(folder, file, data).catch(() => {});
    return data;
  }
}

async function makeData(): Promise<Blob> {
  const { PGlite } = await loadPGlite();
  const pglite = await PGlite.create("memory://");
  try {
    return await pglite.dumpDataDir("none");
  } finally {
    await pglite.close();
  }
}

/** Written beside and moved: test files run at the same time, and none may read half of it. */
async function keep(folder: string, file: string, data: Blob): Promise<void> {
  await mkdir(folder, { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, data.stream());
  await rename(unfinished, file);
}

async function version(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve("@electric-sql/pglite");
  const text = await readFile(join(entry, "..", "..", "package.json"), "utf8");
  // Every package.json has a version.
  return (JSON.parse(text) as { version: string }).version;
}

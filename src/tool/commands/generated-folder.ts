// Generated files on disk: how they differ from what the contracts give, and bringing them there.

import { mkdir, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/** The folder that belongs to the generator: a .proto in it that it did not make is stale. */
const ownFolder = "proto";

/** A file that is not as it should be. */
export interface Drift {
  /** From the project's root, with slashes. */
  readonly file: string;
  readonly state: "missing" | "different" | "stale";
  /** The first line that differs, from 1; of a different file only, as the two below. */
  readonly line?: number;
  /** That line by the contracts; absent where the file goes on behind its end. */
  readonly expected?: string;
  /** That line of the file; absent where the file has ended. */
  readonly found?: string;
}

/** Compares the files below a root with their texts, by path. The kind of line end does not count. Changes nothing. */
export async function driftOf(root: string, files: ReadonlyMap<string, string>): Promise<Drift[]> {
  const drift: Drift[] = (await existingProtos(root))
    .filter((file) => !files.has(file))
    .map((file) => ({ file, state: "stale" }));
  for (const [file, text] of files) {
    const found = await textOf(join(root, file));
    if (found === undefined) drift.push({ file, state: "missing" });
    else if (found !== text) drift.push({ file, state: "different", ...firstDifference(text, found) });
  }
  return drift.sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** Writes what is missing or different, and removes what is stale with the folders that it leaves empty. */
export async function mend(root: string, files: ReadonlyMap<string, string>, drift: readonly Drift[]): Promise<void> {
  for (const { file } of drift) {
    const path = join(root, file);
    const text = files.get(file);
    if (text === undefined) {
      await rm(path);
      await removeEmpty(dirname(path), join(root, ownFolder));
    } else {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
  }
}

async function existingProtos(root: string): Promise<string[]> {
  try {
    const entries = await readdir(join(root, ownFolder), { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory() && entry.name.endsWith(".proto"))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).replaceAll("\r\n", "\n");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function firstDifference(expected: string, found: string): Pick<Drift, "line" | "expected" | "found"> {
  const [wanted, had] = [expected.split("\n"), found.split("\n")];
  const index = Array.from(wanted.length >= had.length ? wanted : had).findIndex((_, at) => wanted[at] !== had[at]);
  const [want, have] = [wanted[index], had[index]];
  return {
    line: index + 1,
    ...(want === undefined ? {} : { expected: want }),
    ...(have === undefined ? {} : { found: have }),
  };
}

/** Removes a folder and those above it up to `top`, as long as they are empty. */
async function removeEmpty(folder: string, top: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (hasCode(error, "ENOTEMPTY") || hasCode(error, "EEXIST")) return;
    throw error;
  }
  if (folder !== top) await removeEmpty(dirname(folder), top);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

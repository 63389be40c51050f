// The project that a command is about: the folder of the nearest package.json, which names the app.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { SetupError } from "../core/setup-error.ts";

/** A project of an app. Its paths are absolute. */
export interface Project {
  /** The folder of package.json. */
  readonly root: string;
  /** The app's module, as package.json names it. */
  readonly app: string;
  readonly appFile: string;
}

const subject = "There is no app here";
const entry = '"trivium": { "app": "./app.ts" }';

/**
 * The project of a folder: that of its own package.json, else of the nearest one above. Throws SetupError when there is
 * none, when it does not name an app, or names a file that is missing.
 */
export async function findProject(folder: string): Promise<Project> {
  const file = nearestManifest(folder);
  if (file === undefined)
    throw new SetupError([`no package.json in ${folder} or above: run this in the project of an app`], subject);
  const app = appEntry(await readManifest(file));
  if (app === undefined)
    throw new SetupError([`${file}: add ${entry}, the module whose default export is the app`], subject);
  const appFile = resolve(dirname(file), app);
  if (!existsSync(appFile))
    throw new SetupError([`${file}: "trivium" names the app ${app}, and there is no such file`], subject);
  return { root: dirname(file), app, appFile };
}

function nearestManifest(folder: string): string | undefined {
  const file = join(folder, "package.json");
  if (existsSync(file)) return file;
  return dirname(folder) === folder ? undefined : nearestManifest(dirname(folder));
}

async function readManifest(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8");
  try {
    return JSON.parse(text);
  } catch {
    throw new SetupError([`${file}: it is not valid JSON`], subject);
  }
}

function appEntry(manifest: unknown): string | undefined {
  const { trivium } = asRecord(manifest);
  const { app } = asRecord(trivium);
  return typeof app === "string" && app !== "" ? app : undefined;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

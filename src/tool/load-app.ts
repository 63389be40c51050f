// Loads the app of a project: the default export of its module.

import { pathToFileURL } from "node:url";
import type { App } from "../app/app.ts";
import { SetupError } from "../core/setup-error.ts";
import type { Project } from "./project.ts";

/** Imports a project's app. Throws SetupError when its module cannot be loaded or exports no app. */
export async function loadApp({ app, appFile }: Project): Promise<App> {
  const exports = await importModule(app, appFile);
  if (!("default" in exports))
    throw unusable(`${app} has no default export: write \`export default createApp({ … })\``);
  if (!isApp(exports.default))
    throw unusable(`the default export of ${app} is no app: write \`export default createApp({ … })\``);
  return exports.default;
}

async function importModule(app: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (error instanceof SetupError) throw error;
    throw unusable(`${app} cannot be loaded: ${errorText(error)}`);
  }
}

/** The message, and the first place that the stack names: the author's line, for what the author got wrong. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return `${error} was thrown`;
  const place = /file:\/\/[^\s()]+?:\d+/.exec(error.stack ?? "")?.[0];
  return `${error.name}: ${error.message}${place === undefined ? "" : ` (${place})`}`;
}

function unusable(problem: string): SetupError {
  return new SetupError([problem], "The app cannot be loaded");
}

/** By its form: the app's module may have been given another copy of this package. */
function isApp(value: unknown): value is App {
  if (!isObject(value) || !isObject(value.definition) || !isObject(value.registry)) return false;
  const { definition, registry } = value;
  return (
    typeof definition.name === "string" && Array.isArray(definition.services) && Array.isArray(registry.operations)
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

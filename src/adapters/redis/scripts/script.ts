// A Lua script: one method of the store port, and one atomic step.

import { hash } from "node:crypto";

/** A script, and the name by which the server knows it once it was loaded. */
export interface Script {
  readonly name: string;
  readonly text: string;
  readonly sha: string;
}

/** Puts it together. */
export function scriptFrom(name: string, ...parts: readonly string[]): Script {
  const text = parts.join("");
  return { name, text, sha: hash("sha1", text) };
}

// Packages that need each other's messages in a circle, which protobuf does not allow.

import { importsOf, type ProtoFile } from "./wire-types.ts";

/** One problem per circle of imports. */
export function importCycles(files: readonly ProtoFile[]): string[] {
  const imports = new Map(files.map((file) => [file.path, importsOf(file)]));
  const packages = new Map(files.map((file) => [file.path, file.package]));
  const done = new Set<string>();
  const problems: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      const circle = [...trail.slice(at), path].map((each) => packages.get(each)).join(" → ");
      problems.push(`packages use each other's models in a circle: ${circle}: let one service own the shared models`);
    }
    if (at >= 0 || done.has(path)) return;
    for (const next of imports.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return problems;
}

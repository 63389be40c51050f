// How a .proto file refers to a type: by the shortest name that protobuf resolves to it from there.

import type { MessageType, ProtoFile } from "./wire-types.ts";

/** Answers the reference to a type's full name from within a scope, a package or a message by its full name. */
export type References = (fullName: string, scope: string, packageName: string) => string;

/** References among the files given and protobuf's own types. */
export function createReferences(files: readonly ProtoFile[]): References {
  const symbols = new Set<string>(["google", "google.protobuf"]);
  for (const file of files) {
    const parts = file.package.split(".");
    for (const index of parts.keys()) symbols.add(parts.slice(0, index + 1).join("."));
    for (const service of file.services) {
      symbols.add(service.fullName);
      for (const method of service.methods) symbols.add(`${service.fullName}.${method.name}`);
    }
    for (const message of file.messages) addSymbols(message, symbols);
  }
  return (fullName, scope, packageName) => {
    const fits = (reference: string): boolean => resolvesTo(reference, fullName, scope, symbols);
    return candidates(fullName, packageName).find(fits) ?? `.${fullName}`;
  };
}

function addSymbols(message: MessageType, symbols: Set<string>): void {
  symbols.add(message.fullName);
  for (const type of message.enums) symbols.add(type.fullName);
  for (const nested of message.messages) addSymbols(nested, symbols);
}

/** Within a package the last name, then with the message around it, and so on; from elsewhere only the full name. */
function candidates(fullName: string, packageName: string): string[] {
  if (!fullName.startsWith(`${packageName}.`)) return [fullName];
  const parts = fullName.slice(packageName.length + 1).split(".");
  return [...parts.map((_, index) => parts.slice(parts.length - 1 - index).join(".")), fullName];
}

/** Protobuf looks for the first part of a name from the innermost scope outwards, and never goes back. */
function resolvesTo(reference: string, fullName: string, scope: string, symbols: ReadonlySet<string>): boolean {
  const [first] = reference.split(".");
  for (let around = scope; ; around = around.slice(0, Math.max(0, around.lastIndexOf(".")))) {
    const prefix = around === "" ? "" : `${around}.`;
    if (symbols.has(prefix + first)) return prefix + reference === fullName;
    if (around === "") return reference === fullName;
  }
}

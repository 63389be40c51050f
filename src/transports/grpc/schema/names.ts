// The names of gRPC: how packages, services, methods, messages and fields are called by the contract's names.

import type { ServiceInfo } from "../../../contract/service.ts";
import { pascalCase, snakeCase } from "../../../core/text.ts";

/** `chat.messages.v1`. Hyphens of the app's name become underscores. */
export function packageName(app: string, service: ServiceInfo): string {
  return `${app.replaceAll("-", "_")}.${snakeCase(service.name)}.v${service.version}`;
}

/** `chat/messages/v1/messages.proto`. */
export function filePath(app: string, service: ServiceInfo): string {
  return `${packageName(app, service).replaceAll(".", "/")}/${snakeCase(service.name)}.proto`;
}

/** `MessagesService`. */
export function serviceName(service: ServiceInfo): string {
  return `${pascalCase(service.name)}Service`;
}

/** `createdAt` → `CREATED_AT`, `read-only` → `READ_ONLY`. */
export function upperSnakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toUpperCase();
}

/** The JSON name that protobuf gives a field unless told otherwise: `created_at` → `createdAt`. */
export function defaultJsonName(name: string): string {
  return name.replace(/_+(.)?/g, (_, letter: string | undefined) => letter?.toUpperCase() ?? "");
}

/** The name of a type nested for a field: `firstPage` → `FirstPage`; of a list's items in the singular: `days` → `Day`. */
export function nestedTypeName(key: string, ofItems: boolean): string {
  return pascalCase(ofItems ? singular(key) : key);
}

function singular(word: string): string {
  if (/(ss|us|is)$/.test(word)) return word;
  if (/ies$/.test(word)) return `${word.slice(0, -3)}y`;
  if (/(sses|xes|ches|shes)$/.test(word)) return word.slice(0, -2);
  return word.length > 1 ? word.replace(/s$/, "") : word;
}

// The .proto files of an app, as text: made from the same description as the descriptors that the server uses.

import type { Registry } from "../../contract/registry.ts";
import { SetupError } from "../../core/setup-error.ts";
import { defaultJsonName } from "./schema/names.ts";
import { declarationOrder, type Numbering, type Reserved, rangesOf } from "./schema/numbering.ts";
import { createReferences, type References } from "./schema/references.ts";
import { createGrpcSchema } from "./schema/schema.ts";
import {
  clientStreams,
  type EnumType,
  type Field,
  importsOf,
  type MessageType,
  type MethodType,
  type ProtoFile,
  type Scalar,
  type ServiceType,
  serverStreams,
  typeNameOf,
} from "./schema/wire-types.ts";

/**
 * The .proto files of an app by path (`proto/chat/messages/v1/messages.proto`), one a service. Pure: equal contracts give
 * equal text, formatted as `buf format` does. Throws SetupError with every contract that has no gRPC form.
 */
export function protoFiles(registry: Registry, numbering: Numbering = declarationOrder): Map<string, string> {
  const { files, problems } = createGrpcSchema(registry, numbering);
  if (problems.length > 0) throw new SetupError(problems, "The contracts cannot be served over gRPC");
  const references = createReferences(files);
  return new Map(files.map((file) => [`proto/${file.path}`, printFile(file, references)]));
}

interface Scope {
  readonly package: string;
  readonly references: References;
}

function printFile(file: ProtoFile, references: References): string {
  const scope: Scope = { package: file.package, references };
  const imports = importsOf(file).map((path) => `import "${path}";`);
  const sections = [
    ["// Made from the contracts by `trivium generate`: change those, not this file.", "", 'syntax = "proto3";'],
    [`package ${file.package};`],
    ...(imports.length > 0 ? [imports] : []),
    ...file.services.map((service) => printService(service, scope)),
    ...file.messages.map((message) => printMessage(message, scope)),
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function printService(service: ServiceType, scope: Scope): string[] {
  const methods = service.methods.map((method) => indented(printMethod(method, service, scope)));
  return [...comment(service.comment), `service ${service.name} {`, ...spaced(methods), "}"];
}

function printMethod(method: MethodType, service: ServiceType, scope: Scope): string[] {
  const refer = (message: MessageType): string => scope.references(message.fullName, service.fullName, scope.package);
  const input = (clientStreams(method) ? "stream " : "") + refer(method.input);
  const output = (serverStreams(method) ? "stream " : "") + refer(method.output);
  const head = `rpc ${method.name}(${input}) returns (${output})`;
  const body = method.deprecated ? [`${head} {`, "  option deprecated = true;", "}"] : [`${head};`];
  return [...comment(method.comment), ...body];
}

function printMessage(message: MessageType, scope: Scope): string[] {
  const nested = [
    ...message.enums.map((type) => indented(printEnum(type))),
    ...message.messages.map((inner) => indented(printMessage(inner, scope))),
  ];
  const fields = [printReserved(message.reserved), printFields(message, scope)].filter(({ length }) => length > 0);
  const sections = [...fields.map(indented), ...nested];
  if (sections.length === 0) return [...comment(message.comment), `message ${message.name} {}`];
  return [...comment(message.comment), `message ${message.name} {`, ...spaced(sections), "}"];
}

/** Members of a oneof stand together, in the order of the fields. */
function printFields(message: MessageType, scope: Scope): string[] {
  return [...Map.groupBy(message.fields, (field) => field.oneof ?? field)].flatMap(([group, fields]) => {
    const lines = fields.flatMap((field) => printField(field, message, scope));
    return typeof group === "string" ? [`oneof ${group} {`, ...indented(lines), "}"] : lines;
  });
}

const labels = { optional: "optional ", implicit: "", single: "", repeated: "repeated ", map: "" } as const;

function printField(field: Field, message: MessageType, scope: Scope): string[] {
  const type = typeText(field, message, scope);
  const named = defaultJsonName(field.name) === field.jsonName ? "" : ` [json_name = "${field.jsonName}"]`;
  return [...comment(field.comment), `${labels[field.cardinality]}${type} ${field.name} = ${field.number}${named};`];
}

function typeText({ type, cardinality }: Field, message: MessageType, scope: Scope): string {
  const named = typeNameOf(type);
  const text =
    named === undefined
      ? (type as { scalar: Scalar }).scalar
      : scope.references(named, message.fullName, scope.package); // only scalars have no name
  return cardinality === "map" ? `map<string, ${text}>` : text;
}

function printEnum(type: EnumType): string[] {
  const values = type.values.map((value) => `${value.name} = ${value.number};`);
  const sections = [printReserved(type.reserved), values].filter(({ length }) => length > 0);
  return [`enum ${type.name} {`, ...spaced(sections.map(indented)), "}"];
}

/** What is out of use, so that nobody takes it for something else. */
function printReserved({ names, numbers }: Reserved): string[] {
  const ranges = rangesOf(numbers).map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`));
  return [
    ...(ranges.length > 0 ? [`reserved ${ranges.join(", ")};`] : []),
    ...(names.length > 0 ? [`reserved ${names.map((name) => `"${name}"`).join(", ")};`] : []),
  ];
}

function comment(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(/\r?\n/).map((line) => `// ${line}`.trimEnd());
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => (line === "" ? line : `  ${line}`));
}

/** Sections with an empty line between them. */
function spaced(sections: readonly (readonly string[])[]): string[] {
  return sections.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
}

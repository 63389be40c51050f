// Every file that reflection can serve, by its name and by each symbol in it.

import { toBinary } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
} from "@bufbuild/protobuf/wkt";
import { fileDescriptor } from "../schema/descriptor.ts";
import type { ProtoFile } from "../schema/wire-types.ts";

/** What reflection looks up. Files come encoded, followed by all that they import; undefined: there is none. */
export interface FileIndex {
  byName(name: string): readonly string[] | undefined;
  /** By the full name of a package's message, field, enum, service or method. */
  bySymbol(symbol: string): readonly string[] | undefined;
  readonly services: readonly string[];
}

const wellKnown = [
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
];

/** Indexes files with what protobuf itself brings. The encoded files are base64, as all bytes are. */
export function createFileIndex(files: readonly ProtoFile[]): FileIndex {
  const descriptors = [...wellKnown.map((file) => file.proto), ...files.map(fileDescriptor)];
  const byName = new Map(descriptors.map((descriptor) => [descriptor.name, descriptor]));
  const fileBySymbol = new Map(
    descriptors.flatMap((descriptor) => symbolsOf(descriptor).map((symbol) => [symbol, descriptor.name] as const)),
  );
  const answers = new Map<string, readonly string[]>();
  const find = (name: string): readonly string[] | undefined => {
    if (!byName.has(name)) return undefined;
    const answer = answers.get(name) ?? withImports(name, byName).map(encoded);
    answers.set(name, answer);
    return answer;
  };
  return {
    byName: find,
    bySymbol: (symbol) => find(fileBySymbol.get(symbol.replace(/^\./, "")) ?? ""),
    services: files.flatMap((file) => file.services.map((service) => service.fullName)),
  };
}

function encoded(descriptor: FileDescriptorProto): string {
  return Buffer.from(toBinary(FileDescriptorProtoSchema, descriptor)).toString("base64");
}

/** The file that was asked for first, then all that it needs. */
function withImports(name: string, byName: ReadonlyMap<string, FileDescriptorProto>): FileDescriptorProto[] {
  const found = new Map<string, FileDescriptorProto>();
  const visit = (each: string): void => {
    const descriptor = byName.get(each);
    if (descriptor === undefined || found.has(each)) return;
    found.set(each, descriptor);
    descriptor.dependency.forEach(visit);
  };
  visit(name);
  return [...found.values()];
}

function symbolsOf(file: FileDescriptorProto): string[] {
  const prefix = `${file.package}.`;
  return [
    ...file.messageType.flatMap((message) => messageSymbols(message, prefix)),
    ...file.enumType.flatMap((type) => [prefix + type.name, ...type.value.map((value) => prefix + value.name)]),
    ...file.service.flatMap((service) => [
      prefix + service.name,
      ...service.method.map((method) => `${prefix}${service.name}.${method.name}`),
    ]),
  ];
}

function messageSymbols(message: DescriptorProto, prefix: string): string[] {
  const name = prefix + message.name;
  return [
    name,
    ...message.field.map((field) => `${name}.${field.name}`),
    ...message.oneofDecl.map((oneof) => `${name}.${oneof.name}`),
    ...message.enumType.flatMap((type) => [
      `${name}.${type.name}`,
      ...type.value.map((value) => `${name}.${value.name}`),
    ]),
    ...message.nestedType.flatMap((nested) => messageSymbols(nested, `${name}.`)),
  ];
}

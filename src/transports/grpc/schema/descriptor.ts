// Files as protobuf's own descriptors: what reflection serves, and what a compiler makes of the printed .proto files.

import { create } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  type EnumDescriptorProto,
  EnumDescriptorProtoSchema,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  MessageOptionsSchema,
  MethodOptionsSchema,
  type ServiceDescriptorProto,
  ServiceDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { rangesOf } from "./numbering.ts";
import {
  clientStreams,
  type EnumType,
  type Field,
  importsOf,
  type MessageType,
  type ProtoFile,
  type ServiceType,
  serverStreams,
  typeNameOf,
  type ValueType,
} from "./wire-types.ts";

const scalarTypes = {
  string: FieldDescriptorProto_Type.STRING,
  bytes: FieldDescriptorProto_Type.BYTES,
  bool: FieldDescriptorProto_Type.BOOL,
  int32: FieldDescriptorProto_Type.INT32,
  int64: FieldDescriptorProto_Type.INT64,
  double: FieldDescriptorProto_Type.DOUBLE,
} as const;

/** The descriptor of a file, as a compiler makes it, without source positions and comments. */
export function fileDescriptor(file: ProtoFile): FileDescriptorProto {
  return create(FileDescriptorProtoSchema, {
    name: file.path,
    package: file.package,
    syntax: "proto3",
    dependency: importsOf(file),
    messageType: file.messages.map(messageDescriptor),
    service: file.services.map(serviceDescriptor),
  });
}

function messageDescriptor(message: MessageType): DescriptorProto {
  const oneofs = [...new Set(message.fields.flatMap((field) => field.oneof ?? []))];
  // Explicit presence is a oneof of one member, listed after the real ones.
  const synthetic = message.fields.filter((field) => field.cardinality === "optional").map((field) => `_${field.name}`);
  const allOneofs = [...oneofs, ...synthetic];
  const mapEntries = message.fields.filter((field) => field.cardinality === "map").map(mapEntry);
  return create(DescriptorProtoSchema, {
    name: message.name,
    field: message.fields.map((field) => fieldDescriptor(message, field, allOneofs)),
    nestedType: [...mapEntries, ...message.messages.map(messageDescriptor)],
    enumType: message.enums.map(enumDescriptor),
    oneofDecl: allOneofs.map((name) => ({ name })),
    // Protobuf has the end of a message's range behind it, and that of an enum's in it.
    reservedRange: rangesOf(message.reserved.numbers).map(([start, end]) => ({ start, end: end + 1 })),
    reservedName: [...message.reserved.names],
  });
}

function fieldDescriptor(message: MessageType, field: Field, oneofs: readonly string[]): FieldDescriptorProto {
  const isMap = field.cardinality === "map";
  const oneof = field.cardinality === "optional" ? `_${field.name}` : field.oneof;
  const isMany = isMap || field.cardinality === "repeated";
  return create(FieldDescriptorProtoSchema, {
    name: field.name,
    number: field.number,
    jsonName: field.jsonName,
    label: isMany ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL,
    ...(isMap
      ? { type: FieldDescriptorProto_Type.MESSAGE, typeName: `.${message.fullName}.${entryName(field)}` }
      : typeInit(field.type)),
    ...(oneof === undefined ? {} : { oneofIndex: oneofs.indexOf(oneof) }),
    ...(field.cardinality === "optional" ? { proto3Optional: true } : {}),
  });
}

function typeInit(type: ValueType): { type: FieldDescriptorProto_Type; typeName?: string } {
  if (type.kind === "scalar") return { type: scalarTypes[type.scalar] };
  const isEnum = type.kind === "enum" || type.kind === "null";
  return {
    type: isEnum ? FieldDescriptorProto_Type.ENUM : FieldDescriptorProto_Type.MESSAGE,
    typeName: `.${typeNameOf(type)}`,
  };
}

function mapEntry(field: Field): DescriptorProto {
  const label = FieldDescriptorProto_Label.OPTIONAL;
  return create(DescriptorProtoSchema, {
    name: entryName(field),
    field: [
      { name: "key", number: 1, jsonName: "key", label, type: FieldDescriptorProto_Type.STRING },
      { name: "value", number: 2, jsonName: "value", label, ...typeInit(field.type) },
    ],
    options: create(MessageOptionsSchema, { mapEntry: true }),
  });
}

/** Compilers derive this name, and some refuse any other. */
function entryName({ name }: Field): string {
  return `${name.replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase())}Entry`;
}

function enumDescriptor({ name, values, reserved }: EnumType): EnumDescriptorProto {
  return create(EnumDescriptorProtoSchema, {
    name,
    value: values.map((value) => ({ name: value.name, number: value.number })),
    reservedRange: rangesOf(reserved.numbers).map(([start, end]) => ({ start, end })),
    reservedName: [...reserved.names],
  });
}

function serviceDescriptor({ name, methods }: ServiceType): ServiceDescriptorProto {
  return create(ServiceDescriptorProtoSchema, {
    name,
    method: methods.map((method) => ({
      name: method.name,
      inputType: `.${method.input.fullName}`,
      outputType: `.${method.output.fullName}`,
      ...(serverStreams(method) ? { serverStreaming: true } : {}),
      ...(clientStreams(method) ? { clientStreaming: true } : {}),
      ...(method.deprecated ? { options: create(MethodOptionsSchema, { deprecated: true }) } : {}),
    })),
  });
}

// grpc.reflection.v1 and v1alpha, as the gRPC project defines them: the same messages in two packages.

import { bytes, foreignFile, int32, messageType, text } from "../schema/foreign/foreign-file.ts";
import type { MessageType, ProtoFile } from "../schema/wire-types.ts";

/** The reflection service of one version. */
export interface ReflectionVersion {
  readonly file: ProtoFile;
  readonly request: MessageType;
  readonly response: MessageType;
}

/** The service's file in a package: `grpc.reflection.v1` or `grpc.reflection.v1alpha`. */
export function reflectionVersion(version: "v1" | "v1alpha"): ReflectionVersion {
  const packageName = `grpc.reflection.${version}`;
  const path = `grpc/reflection/${version}/reflection.proto`;
  const file = foreignFile(path, packageName);
  const request = requestType(file);
  const { response, parts } = responseType(file, request);
  const method = { name: "ServerReflectionInfo", input: request.message, output: response } as const;
  const service = {
    name: "ServerReflection",
    fullName: `${packageName}.ServerReflection`,
    comment: undefined,
    methods: [{ ...method, streams: "both", deprecated: false, comment: undefined }],
  } as const;
  const messages = [request.message, request.extension, response, ...parts];
  return { file: { path, package: packageName, messages, services: [service] }, request: request.message, response };
}

type ForeignFile = ReturnType<typeof foreignFile>;

interface RequestType {
  readonly message: MessageType;
  readonly extension: MessageType;
}

function requestType(file: ForeignFile): RequestType {
  const extension = file.message("ExtensionRequest", { containing_type: [1, text], extension_number: [2, int32] });
  const oneof = "message_request";
  const message = file.message("ServerReflectionRequest", {
    host: [1, text],
    file_by_filename: [3, { oneof, of: text }],
    file_containing_symbol: [4, { oneof, of: text }],
    file_containing_extension: [5, { oneof, of: messageType(extension) }],
    all_extension_numbers_of_type: [6, { oneof, of: text }],
    list_services: [7, { oneof, of: text }],
  });
  return { message, extension };
}

function responseType(file: ForeignFile, request: RequestType): { response: MessageType; parts: MessageType[] } {
  const files = file.message("FileDescriptorResponse", { file_descriptor_proto: [1, { repeated: bytes }] });
  const numbers = file.message("ExtensionNumberResponse", {
    base_type_name: [1, text],
    extension_number: [2, { repeated: int32 }],
  });
  const service = file.message("ServiceResponse", { name: [1, text] });
  const services = file.message("ListServiceResponse", { service: [1, { repeated: messageType(service) }] });
  const error = file.message("ErrorResponse", { error_code: [1, int32], error_message: [2, text] });
  const oneof = "message_response";
  const response = file.message("ServerReflectionResponse", {
    valid_host: [1, text],
    original_request: [2, messageType(request.message)],
    file_descriptor_response: [4, { oneof, of: messageType(files) }],
    all_extension_numbers_response: [5, { oneof, of: messageType(numbers) }],
    list_services_response: [6, { oneof, of: messageType(services) }],
    error_response: [7, { oneof, of: messageType(error) }],
  });
  return { response, parts: [files, numbers, services, service, error] };
}

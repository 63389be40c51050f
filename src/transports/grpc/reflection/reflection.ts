// Server reflection, v1 and v1alpha: tools such as grpcurl and buf learn from it what the server offers.

import { type Server, type ServerDuplexStream, status } from "@grpc/grpc-js";
import { createCodecs } from "../codec.ts";
import { healthFile } from "../schema/foreign/health-types.ts";
import { rpcFiles } from "../schema/foreign/rpc-status.ts";
import type { ProtoFile } from "../schema/wire-types.ts";
import { createFileIndex, type FileIndex } from "./file-index.ts";
import { reflectionVersion } from "./reflection-types.ts";

type Plain = Record<string, unknown>;

/** Adds the reflection service for the files given, health, the error details and itself. */
export function addReflection(server: Server, files: readonly ProtoFile[]): void {
  const versions = [reflectionVersion("v1"), reflectionVersion("v1alpha")];
  const index = createFileIndex([...files, healthFile, ...rpcFiles, ...versions.map((version) => version.file)]);
  for (const { file, request, response } of versions) {
    const codecs = createCodecs();
    const input = codecs(request);
    const output = codecs(response);
    server.register(
      `/${file.package}.ServerReflection/ServerReflectionInfo`,
      (call: ServerDuplexStream<Buffer, Plain>) => answerAll(call, (bytes) => answer(index, input.decode(bytes))),
      (value: Plain) => output.encode(value),
      (bytes: Buffer) => bytes,
      "bidi",
    );
  }
}

/**
 * Answers each request in turn. By events: asynchronous iteration would destroy the stream at the end of the requests,
 * before the last answer is out. A client that does not read its answers is not read either.
 */
function answerAll(call: ServerDuplexStream<Buffer, Plain>, reply: (bytes: Buffer) => Plain): void {
  call.on("data", (bytes: Buffer) => {
    let response: Plain;
    try {
      response = reply(bytes);
    } catch {
      call.emit("error", { code: status.INVALID_ARGUMENT, details: "The reflection request is malformed" });
      return;
    }
    if (call.write(response)) return;
    call.pause();
    call.once("drain", () => call.resume());
  });
  call.on("end", () => call.end());
}

function answer(index: FileIndex, request: Plain): Plain {
  const common = { validHost: request.host, originalRequest: request };
  if (request.listServices !== undefined)
    return { ...common, listServicesResponse: { service: index.services.map((name) => ({ name })) } };
  const { fileByFilename, fileContainingSymbol } = request;
  const found =
    fileByFilename === undefined
      ? index.bySymbol(String(fileContainingSymbol ?? ""))
      : index.byName(String(fileByFilename));
  if (found !== undefined) return { ...common, fileDescriptorResponse: { fileDescriptorProto: found } };
  const name = fileByFilename ?? fileContainingSymbol ?? "an extension";
  return { ...common, errorResponse: { errorCode: status.NOT_FOUND, errorMessage: `not found: ${String(name)}` } };
}

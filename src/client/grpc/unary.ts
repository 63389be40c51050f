// One message out, one message back.

import type { Metadata } from "@grpc/grpc-js";
import type { Answered, GrpcCall } from "./grpc-call.ts";

/** Runs a query or a command; rejects with what grpc-js gives where the status is not OK. */
export function runUnary({ client, method, request, metadata, deadline }: GrpcCall): Promise<Answered> {
  const { path, input, output, operation } = method;
  const { signal } = request;
  const bytes = input.encode(request.input);
  return new Promise<Answered>((resolve, reject) => {
    let received: Metadata | undefined;
    const call = client.makeUnaryRequest(path, passBytes, passBytes, bytes, metadata, { deadline }, (error, answer) => {
      signal?.removeEventListener("abort", cancel);
      if (error !== null) return reject(error);
      try {
        const value = output.decode(answer as Buffer); // without an error there is one
        resolve({ value: operation.contract.output === undefined ? undefined : value, metadata: received });
      } catch (thrown) {
        reject(thrown);
      }
    });
    const cancel = (): void => call.cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    call.on("metadata", (initial) => {
      received = initial;
    });
  });
}

/** Messages go out and come in as bytes. */
export function passBytes(bytes: Buffer): Buffer {
  return bytes;
}

// Load over kept connections, a fixed number in flight: the client's own cost is not measured.

import { Agent, request } from "node:http";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import app from "../reference/app.ts";
import { servedNumbers } from "../src/app/contract-lock.ts";
import { createCodecs } from "../src/transports/grpc/codec.ts";
import { createGrpcSchema } from "../src/transports/grpc/schema/schema.ts";
import { sampleMessage } from "./sample.ts";

const inFlight = 32;

/** Reads the sample message, or whatever else the path names, over HTTP. */
export async function httpLoad(
  port: number,
  calls: number,
  token: string,
  path = `/v1/messages/${sampleMessage.id}`,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
  const options = {
    host: "127.0.0.1",
    port,
    path,
    agent,
    headers: { authorization: `Bearer ${token}` },
  };
  await repeat(
    calls,
    () =>
      new Promise((resolve, reject) => {
        request(options, (response) => {
          if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
          response.resume().on("end", resolve);
        })
          .on("error", reject)
          .end();
      }),
  );
  agent.destroy();
}

const method = createGrpcSchema(app.registry, servedNumbers(app).numbering).methods.find(
  ({ operation }) => operation.id === "messages.get",
);

/** Reads the sample message over gRPC. */
export async function grpcLoad(port: number, calls: number, token: string): Promise<void> {
  if (method === undefined) throw new Error("messages.get has no method");
  const codec = createCodecs();
  const input = codec(method.method.input);
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${token}`);
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  await repeat(
    calls,
    () =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          method.path,
          (value: { id: string }) => input.encode(value),
          (bytes: Buffer) => bytes.length,
          { id: sampleMessage.id },
          metadata,
          (error, length) =>
            error === null && (length ?? 0) > 100 ? resolve(undefined) : reject(error ?? new Error("empty")),
        );
      }),
  );
  client.close();
}

/**
 * A fixed number in flight, from a client that never sleeps: a slow server would otherwise find its client asleep at
 * every answer and pay for waking it, a fast one would not. That is a difference of load, not of servers.
 */
export async function repeat(
  calls: number,
  call: (worker: number) => Promise<unknown>,
  workers = inFlight,
): Promise<void> {
  let left = calls;
  const work = async (worker: number): Promise<void> => {
    while (left-- > 0) await call(worker);
  };
  let running = true;
  const stayAwake = (): void => {
    if (running) setImmediate(stayAwake);
  };
  stayAwake();
  try {
    await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  } finally {
    running = false;
  }
}

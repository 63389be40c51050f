// Three streams over a real pipeline on an open server, and a client that talks to any of them in plain values.

import assert from "node:assert/strict";
import type { EventEmitter } from "node:events";
import { setImmediate as tick } from "node:timers/promises";
import {
  type CallOptions,
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type StatusObject,
} from "@grpc/grpc-js";
import { z } from "zod";
import { bidiStream } from "../../../contract/kinds/bidi-stream.ts";
import { clientStream } from "../../../contract/kinds/client-stream.ts";
import { query } from "../../../contract/kinds/query.ts";
import { serverStream } from "../../../contract/kinds/server-stream.ts";
import type { AppError } from "../../../core/app-error.ts";
import { toAppError } from "../../../core/catalogue.ts";
import type { Call } from "../../../pipeline/call.ts";
import { type Bench, type BenchOptions, createBench } from "../../../pipeline/pipeline.fixture.ts";
import { createCodecs } from "../codec.ts";
import { errorFromStatus, requestIdOf } from "../error-map.ts";
import { fixtureHealth } from "../fixture/server.fixture.ts";
import type { GrpcServerOptions } from "../options.ts";
import { createGrpcSchema } from "../schema/schema.ts";
import { createGrpcServer, type GrpcServer } from "../server.ts";

type Plain = Record<string, unknown>;

const N = z.object({ n: z.int(), text: z.string().optional() });

export const operations = {
  count: serverStream({
    summary: "Count",
    http: "GET /count",
    input: { to: z.int() },
    output: N,
    access: "public",
  }),
  sum: clientStream({
    summary: "Sum",
    http: "POST /sum",
    open: { from: z.int().default(0) },
    item: { n: z.int().max(1_000_000), text: z.string().optional() },
    output: z.object({ sum: z.int(), bad: z.array(z.string()) }),
    access: "public",
  }),
  echo: bidiStream({
    summary: "Echo",
    http: "GET /echo/{room}",
    open: { room: z.string() },
    item: { n: z.int(), text: z.string().optional() },
    output: N,
    access: "public",
  }),
  ping: query({ summary: "Answer", http: "GET /ping", output: z.object({ n: z.int() }), access: "public" }),
};

/** Answers each item; sums all of them, with the reasons of those that are none. */
export const ordinary: BenchOptions["handlers"] = {
  async count(call) {
    const { to } = call.input as { to: number };
    for (let n = 1; n <= to; n++) {
      if (call.signal.aborted) throw toAppError(call.signal.reason);
      await call.send?.({ n });
    }
    return { n: 0 };
  },
  async sum(call) {
    let { from: sum } = call.input as { from: number };
    const bad: string[] = [];
    for await (const item of call.items?.settled() ?? []) {
      if (item.ok) sum += (item.value as { n: number }).n;
      else bad.push(`${item.index} ${item.error.reason}: ${item.error.message}`);
    }
    return { sum, bad };
  },
  async echo(call) {
    for await (const item of call.items ?? []) await call.send?.(item);
    return { n: 0 };
  },
  ping: async () => ({ n: 1 }),
};

/** A client's side of one stream. */
export interface Talk {
  readonly answers: readonly Plain[];
  /** Rejects when the stream ends without. */
  readonly metadata: Promise<Metadata>;
  /** Undefined: it ended well. With the request id of the trailers as its cause. */
  readonly ended: Promise<AppError | undefined>;
  /** The next answer that is not there yet when asked. */
  answer(): Promise<Plain>;
  /** A plain message, or the bytes of one. */
  send(...messages: readonly (Plain | Buffer)[]): Talk;
  close(): Talk;
  cancel(): void;
  pause(): void;
  resume(): void;
}

/** An open server with a client. */
export interface Opened extends AsyncDisposable, Pick<Bench, "ended" | "pipeline" | "messages"> {
  readonly server: GrpcServer;
  readonly address: string;
  readonly client: Client;
  talk(operation: keyof typeof operations, metadata?: Readonly<Record<string, string>>, options?: CallOptions): Talk;
}

/** Opens a server on a free port of the loopback. */
export async function openStreams(
  bench: Partial<BenchOptions> = {},
  options: Partial<GrpcServerOptions> = {},
): Promise<Opened> {
  const made = createBench(operations, { ...bench, handlers: { ...ordinary, ...bench.handlers } });
  const registered = Object.keys(operations).map((name) => made.operation(name));
  const registry = { app: "bench", operations: registered, problems: [] };
  const server = createGrpcServer({
    ...{ registry, caller: made.pipeline, host: "127.0.0.1", port: 0, health: fixtureHealth() },
    ...options,
  });
  const address = await server.listen();
  const client = new Client(address, credentials.createInsecure());
  const { methods } = createGrpcSchema(registry);
  const codecs = createCodecs();
  return {
    ...{ server, address, client, ended: made.ended, pipeline: made.pipeline, messages: made.messages },
    talk(operation, metadata = {}, callOptions = {}) {
      const found = methods.find((method) => method.operation.name === operation);
      if (found === undefined) throw new Error(`no ${operation}`);
      const { input, output } = found.method;
      const call = client.makeBidiStreamRequest(
        found.path,
        (message: Plain | Buffer) => (Buffer.isBuffer(message) ? message : codecs(input).encode(message)),
        (bytes: Buffer) => codecs(output).decode(bytes),
        metadataOf(metadata),
        { deadline: Date.now() + 20_000, ...callOptions },
      );
      return talkOver(call);
    },
    async [Symbol.asyncDispose]() {
      client.close();
      await server.close(1000);
    },
  };
}

function metadataOf(fields: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(fields)) metadata.set(key, value);
  return metadata;
}

function talkOver(call: ClientDuplexStream<Plain | Buffer, Plain>): Talk {
  const answers: Plain[] = [];
  call.on("data", (answer: Plain) => answers.push(answer));
  call.on("error", () => undefined); // the status says it too
  const ended = new Promise<StatusObject>((resolve) => call.once("status", resolve)).then(errorOf);
  const talk: Talk = {
    answers,
    ended,
    metadata: metadataFrom(call, ended),
    answer: () => new Promise<Plain>((resolve) => call.once("data", resolve)),
    send(...messages) {
      for (const message of messages) call.write(message);
      return talk;
    },
    close() {
      call.end();
      return talk;
    },
    cancel: () => call.cancel(),
    pause: () => void call.pause(),
    resume: () => void call.resume(),
  };
  return talk;
}

function metadataFrom(call: EventEmitter, ended: Promise<unknown>): Promise<Metadata> {
  const metadata = new Promise<Metadata>((resolve, reject) => {
    call.once("metadata", resolve);
    void ended.then((error) => reject(new Error("The stream ended before its metadata", { cause: error })));
  });
  metadata.catch(() => undefined); // most tests do not ask for it
  return metadata;
}

function errorOf(status: StatusObject): AppError | undefined {
  return status.code === 0 ? undefined : Object.assign(errorFromStatus(status), { cause: requestIdOf(status) });
}

/** An item of `sum` and `echo`. */
export const item = (n: number) => ({ item: { n } });

/** Waits until something holds; fails when it does not in time. */
export async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!holds()) {
    assert.ok(Date.now() < deadline, `not in time: ${holds}`);
    await tick();
  }
}

/** Why a stream ended, or OK. */
export async function reasonOf(talk: Talk): Promise<string> {
  return (await talk.ended)?.reason ?? "OK";
}

export const kinds = ["count", "sum", "echo"] as const;

/** What each kind opens with. */
export const openings = { echo: { open: { room: "a" } }, sum: { open: {} }, count: { to: 1 } } as const;

/** Handlers that note how their signal and their items ended. */
export function watching() {
  const seen: string[] = [];
  const handler = async (call: Call) => {
    call.signal.addEventListener("abort", () => seen.push((call.signal.reason as { reason: string }).reason));
    try {
      for await (const _ of call.items ?? []);
      await new Promise(() => undefined);
    } catch (error) {
      seen.push(`items ${(error as { reason: string }).reason}`);
      throw error;
    }
  };
  return { seen, handlers: { echo: handler, sum: handler, count: handler } };
}

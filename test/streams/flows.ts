// A service with an operation of each kind whose handlers fail where they are told to, on all roads at once.

import { PassThrough } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { implement, type Middleware } from "trivium";
import { type Client, createClient } from "trivium/client";
import { grpcTransport } from "trivium/client/grpc";
import { bidiStream, clientStream, failure, query, serverStream, service, z } from "trivium/contract";
import type { RegisteredOperation } from "../../src/contract/registry.ts";
import type { Database } from "../../src/database/database.ts";
import { createPurseBench } from "../../src/service/service.fixture.ts";
import { TcpProxy } from "../../src/testing/postgres/tcp-proxy.ts";
import { commandPath } from "../../src/transports/cli/command-tree.ts";
import { createProgram } from "../../src/transports/cli/program.ts";
import { createGrpcServer } from "../../src/transports/grpc/server.ts";
import { createHttpServer } from "../../src/transports/http/server.ts";

export const Broken = failure("BROKEN", { code: "FAILED_PRECONDITION", message: "It was told to break" });

const N = z.object({ n: z.int() });
/** Where the handler breaks; `hang`: it answers what it can, then waits for ever. */
const at = z.enum(["never", "before", "amid", "after", "hang"]).default("never");
const common = { access: "public", failures: [Broken], output: N } as const;

export const flows = service(
  "flows",
  { version: 1 },
  {
    one: query({ ...common, summary: "One", http: "GET /one", input: { at } }),
    down: serverStream({ ...common, summary: "Down", http: "GET /down", input: { at } }),
    up: clientStream({ ...common, summary: "Up", http: "POST /up", open: { at }, item: { n: z.int() } }),
    both: bidiStream({ ...common, summary: "Both", http: "GET /both", open: { at }, item: { n: z.int() } }),
  },
);

export type FlowName = "one" | "down" | "up" | "both";
export type FlowAt = z.input<typeof at>;

/** What handlers did. */
export interface FlowState {
  running: number;
  /** The numbers that handlers took. */
  readonly taken: number[];
}

const forever = (signal: AbortSignal): Promise<never> =>
  delay(3_600_000, undefined, { signal, ref: false }) as Promise<never>;

function implementation(state: FlowState) {
  /** Handlers that run, and how they are left. */
  const counted = <T>(work: () => Promise<T>): Promise<T> => {
    state.running++;
    return work().finally(() => state.running--);
  };
  const slow: Middleware = async (call, next) => {
    if (call.credential?.kind === "bearer" && call.credential.token === "slow") await delay(60);
    return next();
  };
  return implement(
    flows,
    {
      one: ({ at }, ctx) =>
        counted(async () => {
          if (at === "hang") await forever(ctx.signal);
          if (at !== "never") throw ctx.fail(Broken);
          return { n: 0 };
        }),
      async *down({ at }, ctx) {
        state.running++;
        try {
          if (at === "before") throw ctx.fail(Broken);
          for (let n = 0; n < 4; n++) {
            if (at === "amid" && n === 2) throw ctx.fail(Broken);
            yield { n };
          }
          if (at === "after") throw ctx.fail(Broken);
          if (at === "hang") await forever(ctx.signal);
        } finally {
          state.running--;
        }
      },
      up: ({ at }, items, ctx) =>
        counted(async () => {
          if (at === "before") throw ctx.fail(Broken);
          let sum = 0;
          for await (const { n } of items) {
            if (at === "amid" && n === 2) throw ctx.fail(Broken);
            state.taken.push(n);
            sum += n;
          }
          if (at === "after") throw ctx.fail(Broken);
          if (at === "hang") await forever(ctx.signal);
          return { n: sum };
        }),
      async *both({ at }, items, ctx) {
        state.running++;
        try {
          if (at === "before") throw ctx.fail(Broken);
          for await (const { n } of items) {
            if (at === "amid" && n === 2) throw ctx.fail(Broken);
            state.taken.push(n);
            yield { n };
          }
          if (at === "after") throw ctx.fail(Broken);
          if (at === "hang") await forever(ctx.signal);
        } finally {
          state.running--;
        }
      },
    },
    { middleware: [{ after: "errors", use: slow }] },
  );
}

/** How a call ended, as its caller learns it, in one form for all roads. */
export interface FlowEnd {
  readonly answers: readonly number[];
  /** `ok`, or the error's reason. */
  readonly end: string;
}

/** What a call is made with. */
export interface FlowCall {
  readonly at?: FlowAt;
  readonly token?: string;
  readonly items?: AsyncIterable<{ n: number }> | Iterable<{ n: number }>;
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** Told of each answer. */
  readonly heard?: (n: number) => void;
}

/** Makes calls over one road. */
export type FlowRoad = (name: FlowName, call: FlowCall) => Promise<FlowEnd>;

/** Serves the flows on loopback; answers a way to call over each road. */
export async function openFlows(database: Database) {
  const state: FlowState = { running: 0, taken: [] };
  const { app, runtime } = await createPurseBench(database, {}, [], [implementation(state)]);
  const common = { registry: app.registry, caller: runtime.pipeline, host: "127.0.0.1", port: 0 };
  const http = await createHttpServer({ ...common, info: { title: "flows", version: "1" } });
  const health = { report: async () => ({ ready: true }), onChange: () => () => undefined };
  const grpc = createGrpcServer({ ...common, health });
  const [url, address] = [await http.listen(), await grpc.listen()];
  const transport = grpcTransport({ app: app.registry.app, address });
  const roads = {
    http: (token?: string) => overClient(createClient({ flows }, { url, token, retries: 0 })),
    grpc: (token?: string) => overClient(createClient({ flows }, { transport, token, retries: 0 })),
  };
  const program = overProgram(app.registry, runtime.pipeline);
  return {
    state,
    url,
    address,
    pipeline: runtime.pipeline,
    /** A call over a network that is cut while it runs. */
    async cutOff(road: "http" | "grpc", name: FlowName, call: FlowCall, cut: () => Promise<unknown>): Promise<FlowEnd> {
      const proxy = await TcpProxy.start(road === "http" ? url : `tcp://${address}`);
      const through = proxy.through(road === "http" ? url : `tcp://${address}`);
      const own = grpcTransport({ app: app.registry.app, address: through.replace("tcp://", "") });
      const client =
        road === "http"
          ? createClient({ flows }, { url: through, retries: 0 })
          : createClient({ flows }, { transport: own, retries: 0 });
      const running = overClient(client)(name, call);
      await cut();
      proxy.cutAll();
      const end = await running;
      own.close();
      await proxy.close();
      return end;
    },
    roads: {
      http: (name, call) => roads.http(call.token)(name, call),
      grpc: (name, call) => roads.grpc(call.token)(name, call),
      cli: program,
    } satisfies Record<string, FlowRoad>,
    async close() {
      transport.close();
      await Promise.all([http.close(0), grpc.close(0)]);
    },
  };
}

function overClient({ flows: client }: Client<{ flows: typeof flows }>): FlowRoad {
  return async (name, { at = "never", items = [], timeout, signal, heard }) => {
    const answers: number[] = [];
    const take = ({ n }: { n: number }): void => {
      answers.push(n);
      heard?.(n);
    };
    const options = { timeout, signal };
    try {
      if (name === "one") take(await client.one({ at }, options));
      else if (name === "up") take(await client.up({ at }, items, options));
      else
        for await (const answer of name === "down" ? client.down({ at }, options) : client.both({ at }, items, options))
          take(answer);
      return { answers, end: "ok" };
    } catch (error) {
      return { answers, end: (error as { reason?: string }).reason ?? String(error) };
    }
  };
}

function overProgram(
  registry: Parameters<typeof createProgram>[0]["registry"],
  caller: Awaited<ReturnType<typeof createPurseBench>>["runtime"]["pipeline"],
): FlowRoad {
  const operation = (name: FlowName) =>
    registry.operations.find(({ id }) => id === `flows.${name}`) as RegisteredOperation; // it is one of the service
  return async (name, { at = "never", items = [], token, timeout, signal, heard }) => {
    const answers: number[] = [];
    let [partial, err] = ["", ""];
    const program = createProgram({
      registry,
      version: "1",
      open: async () => ({ caller, close: async () => undefined }),
      env: {},
      stdin: lines(items),
      stdout: {
        write(text: string, done?: (error?: Error | null) => void) {
          const whole = (partial + text).split("\n");
          partial = whole.pop() ?? "";
          for (const line of whole) {
            const { n } = JSON.parse(line) as { n: number };
            answers.push(n);
            heard?.(n);
          }
          done?.();
        },
      },
      stderr: {
        write(text: string, done?: (error?: Error | null) => void) {
          err += text;
          done?.();
        },
      },
      isTerminal: false,
      signal,
      commands: [],
    });
    const args = [...commandPath(operation(name)), "--json", "--at", at];
    if (token !== undefined) args.push("--token", token);
    if (timeout !== undefined) args.push("--timeout", String(timeout / 1000));
    const exit = await program.run(args);
    return { answers, end: exit === 0 ? "ok" : String((JSON.parse(err) as { reason: string }).reason) };
  };
}

function lines(items: AsyncIterable<{ n: number }> | Iterable<{ n: number }>): PassThrough {
  const stdin = new PassThrough();
  void (async () => {
    for await (const item of items) stdin.write(`${JSON.stringify(item)}\n`);
    stdin.end();
  })().catch(() => stdin.destroy());
  return stdin;
}

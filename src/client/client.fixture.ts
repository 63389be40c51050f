// A small app for the tests of the client: an operation of each kind, which fail where they are told to, served over HTTP
// and gRPC through the real pipeline; and a client of it over each road.

import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { errorFromFailure } from "../contract/failure.ts";
import { createRegistry } from "../contract/registry.ts";
import type { Service } from "../contract/service.ts";
import { AppError, isAppError } from "../core/app-error.ts";
import { sleep } from "../core/async.ts";
import { appError } from "../core/catalogue.ts";
import type { Code } from "../core/status.ts";
import type { Call, Caller } from "../pipeline/call.ts";
import { createPipeline } from "../pipeline/pipeline.ts";
import type { GrpcServerOptions } from "../transports/grpc/options.ts";
import { createGrpcServer } from "../transports/grpc/server.ts";
import { createHttpServer } from "../transports/http/server.ts";
import type { Client } from "./client-types.ts";
import { type ClientOptions, createClient } from "./create-client.ts";
import { grpcTransport } from "./grpc/grpc-transport.ts";
import { Broken, ThingNotFound, things } from "./things.fixture.ts";

export type ThingsClient = Client<{ readonly things: typeof things }>["things"];

const send = (call: Call, answer: unknown): void | Promise<void> => call.send?.(answer);

interface Counting {
  readonly to: number;
  readonly failAt?: number;
  readonly slowAt?: number;
  readonly after?: string;
}

/** How far the handler of a `count` has come. */
export const counts = new WeakMap<Call, number>();

const handlers: Record<string, (input: never, call: Call) => unknown> = {
  get({ id }: { id: string }) {
    if (id === "none") throw errorFromFailure(ThingNotFound, { id, tried: 3, places: ["here", "there"], hint: "7" });
    return { id, size: 1, colour: "red" };
  },
  make: ({ size }: { size: number }) => ({ id: "new", size }),
  ping: () => undefined,
  fail({ code, retryAfter }: { code: Code; retryAfter?: number }) {
    const violations = code === "INVALID_ARGUMENT" ? [{ path: "a[0]", message: "Is wrong", rule: "wrong" }] : undefined;
    throw new AppError({ code, reason: `TOLD_${code}`, message: `Told to: ${code}`, retryAfter, violations });
  },
  wait: (_, call) => sleep(60_000, call.signal),
  async count({ to, failAt, slowAt, after }: Counting, call) {
    for (let n = Number(after ?? 0) + 1; n <= to; n++) {
      if (n === slowAt && after === undefined) throw appError("SLOW_CONSUMER");
      if (n === failAt) throw errorFromFailure(Broken, {});
      await send(call, { n, cursor: String(n) });
      counts.set(call, n);
    }
  },
  async watch(_, call) {
    for (let n = 1; ; n++) {
      await send(call, { n });
      await sleep(5, call.signal);
    }
  },
  async sum({ name, refuse }: { name: string; refuse?: boolean }, { items }) {
    if (refuse === true) throw errorFromFailure(Broken, {});
    let sum = 0;
    for await (const item of items ?? []) sum += (item as { n: number }).n;
    return { name, sum };
  },
  async echo({ greeting }: { greeting?: string }, call) {
    if (greeting !== undefined) await send(call, { text: greeting });
    if (greeting === "stall") await sleep(60_000, call.signal);
    for await (const item of call.items ?? []) {
      const { text } = item as { text: string };
      if (text === "bye") return;
      if (text === "break") throw errorFromFailure(Broken, {});
      await send(call, { text });
    }
  },
};

/** The operations of the fixture. */
export const registry = createRegistry("bench", [things as unknown as Service]); // operations are not covariant in their kind

/** A pipeline over the fixture; `called` hears of every call that reaches a handler. */
function fixtureCaller(called: (call: Call) => void): Caller {
  return createPipeline(
    registry.operations.map((operation) => ({
      operation,
      middleware: [],
      executor: {
        authorize: undefined,
        async execute(call) {
          called(call);
          return handlers[operation.name]?.(call.input as never, call);
        },
      },
    })),
    {
      telemetry: { start: () => ({ run: (rest) => rest(), end: () => undefined }), message: () => undefined },
      admission: { enter: () => undefined, leave: () => undefined },
      authenticator: {
        async authenticate(credential) {
          const token = credential.kind === "bearer" ? credential.token : "local";
          await sleep(1);
          if (token === "expired") throw appError("CREDENTIAL_EXPIRED");
          if (token !== "good") throw appError("CREDENTIAL_INVALID");
          return { id: "ann", roles: [], scopes: [] };
        },
      },
      times: { defaultTimeout: 10_000, maxTimeout: 60_000 },
    },
  );
}

/** The fixture, served. */
export interface ServedThings {
  readonly url: string;
  readonly grpc: string;
  /** The calls that reached a handler. */
  readonly calls: Call[];
  /** What the next calls end with instead of what their handlers do. */
  readonly failures: AppError[];
}

/** Serves it for a test; `options` are further ones of the gRPC server. */
export async function serveThings(
  t: TestContext,
  options: Pick<GrpcServerOptions, "tls" | "numbering"> = {},
): Promise<ServedThings> {
  const calls: Call[] = [];
  const failures: AppError[] = [];
  const caller = fixtureCaller((call) => {
    calls.push(call);
    const failed = failures.shift();
    if (failed !== undefined) throw failed;
  });
  const common = { registry, caller, host: "127.0.0.1", port: 0 };
  const cors = { origins: "*" } as const;
  const http = await createHttpServer({ ...common, cors, info: { title: "bench", version: "1" } });
  const health = { report: async () => ({ ready: true }), onChange: () => () => undefined };
  const grpc = createGrpcServer({ ...common, ...options, health });
  const served = { url: await http.listen(), grpc: await grpc.listen(), calls, failures };
  t.after(() => Promise.all([http.close(0), grpc.close(0)]));
  return served;
}

/** The roads that a client can take. */
export const roads = ["http", "grpc"] as const;

/** A way to both servers that a test can cut. */
export interface CuttableWay extends Pick<ServedThings, "url" | "grpc"> {
  /** Breaks every connection off; those that come after it stand. */
  cut(): void;
}

/** Puts a relay in front of both servers. */
export async function cuttable(t: TestContext, { url, grpc }: ServedThings): Promise<CuttableWay> {
  const sockets = new Set<Socket>();
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  async function relay(port: number): Promise<string> {
    const server = createTcpServer((near) => {
      const far = connect(port, "127.0.0.1");
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(one);
        one
          .on("error", () => undefined)
          .on("close", () => {
            sockets.delete(one);
            other.destroy();
          });
        one.pipe(other);
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => {
      cut();
      server.close();
    });
    return `127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server's address
  }
  const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(":") + 1));
  return { url: `http://${await relay(portOf(url))}`, grpc: await relay(portOf(grpc)), cut };
}

/** A client of the served fixture over a road, signed in unless `token` says otherwise. */
export function clientOver(
  t: TestContext,
  road: (typeof roads)[number],
  served: Pick<ServedThings, "url" | "grpc">,
  options: Omit<ClientOptions, "url" | "transport"> = {},
): ThingsClient {
  const common = { token: "good", ...options };
  if (road === "http") return createClient({ things }, { url: served.url, ...common }).things;
  const transport = grpcTransport({ address: served.grpc, app: "bench" });
  t.after(() => transport.close());
  return createClient({ things }, { transport, ...common }).things;
}

/** The AppError that a call rejects with. */
export async function errorOf(call: Promise<unknown>): Promise<AppError> {
  let value: unknown;
  try {
    value = await call;
  } catch (error) {
    if (isAppError(error)) return error;
    throw error;
  }
  throw new Error(`no error, but ${JSON.stringify(value)}`);
}

/** All answers of a stream. */
export async function all<T>(answers: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const answer of answers) list.push(answer);
  return list;
}

// An app served over one road with every step of the pipeline on, over the memory repository: for a measured process.

import { openSync } from "node:fs";
import type { App } from "../src/app/app.ts";
import { createObservability } from "../src/app/observe/observability.ts";
import { wire } from "../src/app/wiring.ts";
import { createMemoryStore } from "../src/store/memory-store.ts";
import { createMemoryStorage, type MemoryStorage } from "../src/testing/memory-storage.ts";
import { createGrpcServer } from "../src/transports/grpc/server.ts";
import { createHttpServer } from "../src/transports/http/server.ts";
import { benchSecret } from "./fixture.ts";

/** What is served, and how. */
export interface InMemoryOptions {
  readonly app: App;
  readonly storage?: MemoryStorage;
  readonly road: string | undefined;
  readonly cache: "on" | "off";
}

/** Serves it on a free port; answers the port. The log goes nowhere. */
export async function serveInMemory({ app, road, cache, ...options }: InMemoryOptions): Promise<number> {
  const storage = options.storage ?? createMemoryStorage();
  const observability = createObservability(app, {
    level: "info",
    pretty: false,
    destination: openSync("/dev/null", "w"),
  });
  const { pipeline: caller } = wire(app, {
    configuration: {
      callTimeout: 15_000,
      callTimeoutMax: 30_000,
      maxCallsInFlight: 10_000,
      maxStreams: 10_000,
      maxEventLoopDelay: 10_000,
      authSecretPrevious: undefined,
      cache,
      instances: 1,
      databasePoolMax: 10,
    },
    authSecret: benchSecret,
    store: createMemoryStore(),
    storage: {
      ...storage,
      kind: "memory",
      stats: () => ({ size: 0, idle: 0, waiting: 0 }),
      publish: async () => undefined,
    },
    observability,
  });
  const common = { registry: app.registry, caller, host: "127.0.0.1", port: 0 };
  if (road === "grpc") {
    observability.health.markReady();
    const address = await createGrpcServer({ ...common, health: observability.health }).listen();
    return Number(address.split(":").at(-1));
  }
  const server = await createHttpServer({ ...common, info: { title: "bench", version: "1" } });
  return Number(new URL(await server.listen()).port);
}

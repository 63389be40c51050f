// The reference service's read by id with every step of the pipeline on, over a memory repository: HTTP or gRPC, cached
// (as the service runs with nothing set) or from the repository each time.

import { openSync } from "node:fs";
import chat from "../reference/app.ts";
import { createApp } from "../src/app/app.ts";
import { createObservability } from "../src/app/observe/observability.ts";
import { wire } from "../src/app/wiring.ts";
import { createMemoryStore } from "../src/store/memory-store.ts";
import { createMemoryStorage } from "../src/testing/memory-storage.ts";
import { createGrpcServer } from "../src/transports/grpc/server.ts";
import { createHttpServer } from "../src/transports/http/server.ts";
import { benchSecret, seed } from "./fixture.ts";
import { report } from "./measure.ts";

// Limits are counted, and one user is not refused.
const [road, from, limited] = process.argv.slice(2);
const limits = limited === "unlimited" ? {} : { overall: "100000000 per day" as const };
const app = createApp({ ...chat.definition, limits });
const storage = createMemoryStorage();
await seed(storage.rows);
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
    cache: from === "cached" ? "on" : "off",
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
  report(Number(address.split(":").at(-1)));
} else {
  const server = await createHttpServer({ ...common, info: { title: "bench", version: "1" } });
  report(Number(new URL(await server.listen()).port));
}

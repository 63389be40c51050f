// The reference service's read by id with every step of the pipeline on, over a memory repository: HTTP or gRPC.

import { openSync } from "node:fs";
import app from "../reference/app.ts";
import { createObservability } from "../src/app/observe/observability.ts";
import { wire } from "../src/app/wiring.ts";
import { createMemoryStorage } from "../src/testing/memory-storage.ts";
import { createGrpcServer } from "../src/transports/grpc/server.ts";
import { createHttpServer } from "../src/transports/http/server.ts";
import { benchSecret, seed } from "./fixture.ts";
import { report } from "./measure.ts";

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
    maxEventLoopDelay: 10_000,
    authSecretPrevious: undefined,
    cache: "on",
    instances: 1,
    databasePoolMax: 10,
  },
  authSecret: benchSecret,
  store: undefined,
  storage: {
    ...storage,
    kind: "memory",
    stats: () => ({ size: 0, idle: 0, waiting: 0 }),
    publish: async () => undefined,
  },
  observability,
});
const common = { registry: app.registry, caller, host: "127.0.0.1", port: 0 };
if (process.argv[2] === "grpc") {
  observability.health.markReady();
  const address = await createGrpcServer({ ...common, health: observability.health }).listen();
  report(Number(address.split(":").at(-1)));
} else {
  const server = await createHttpServer({ ...common, info: { title: "bench", version: "1" } });
  report(Number(new URL(await server.listen()).port));
}

// The same conversation with every step of the pipeline on, over a memory repository.

import { openSync } from "node:fs";
import { createObservability } from "../../src/app/observe/observability.ts";
import { wire } from "../../src/app/wiring.ts";
import { createMemoryStore } from "../../src/store/memory-store.ts";
import { createMemoryStorage } from "../../src/testing/memory-storage.ts";
import { createGrpcServer } from "../../src/transports/grpc/server.ts";
import { benchSecret } from "../fixture.ts";
import { report } from "../measure.ts";
import { echoApp } from "./echo.ts";

const observability = createObservability(echoApp, {
  level: "info",
  pretty: false,
  destination: openSync("/dev/null", "w"),
});
const { pipeline: caller } = wire(echoApp, {
  configuration: {
    callTimeout: 15_000,
    callTimeoutMax: 30_000,
    maxCallsInFlight: 10_000,
    maxStreams: 10_000,
    maxEventLoopDelay: 10_000,
    authSecretPrevious: undefined,
    cache: "off",
    instances: 1,
    databasePoolMax: 10,
  },
  authSecret: benchSecret,
  store: createMemoryStore(),
  storage: {
    ...createMemoryStorage(),
    kind: "memory",
    stats: () => ({ size: 0, idle: 0, waiting: 0 }),
    publish: async () => undefined,
  },
  observability,
});
const health = { report: async () => ({ ready: true }), onChange: () => () => undefined };
const server = createGrpcServer({ registry: echoApp.registry, caller, host: "127.0.0.1", port: 0, health });
const address = await server.listen();
report(Number(address.slice(address.lastIndexOf(":") + 1)));

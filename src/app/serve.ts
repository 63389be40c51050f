// Runs an app as a server: opens, migrates, wires, listens; and stops so that nothing in flight is lost.

import { randomBytes } from "node:crypto";
import { appError } from "../core/catalogue.ts";
import { appLimitList } from "../limits/app-limits.ts";
import { createGrpcServer } from "../transports/grpc/server.ts";
import { createHttpServer } from "../transports/http/server.ts";
import { apiInfo } from "./api-info.ts";
import type { App } from "./app.ts";
import { resolveAuthSecret } from "./config/auth-secret.ts";
import type { Configuration } from "./config/configuration.ts";
import { assertPinned, servedNumbers } from "./contract-lock.ts";
import { sessionSettings } from "./data/cache.ts";
import { prepareSchema } from "./data/migrate.ts";
import { openStorage, type Storage } from "./data/storage.ts";
import { openStore } from "./data/store.ts";
import { createAdminServer } from "./observe/admin-server.ts";
import { createObservability, type Observability } from "./observe/observability.ts";
import { statementObserver, watchEvents, watchStorage } from "./observe/watch.ts";
import { assertSound } from "./problems.ts";
import { type Wiring, wire } from "./wiring.ts";

/** A server that takes calls. */
export interface RunningServer {
  /** Base URL of HTTP, and the addresses of gRPC and of the admin port; undefined for a role that does not listen. */
  readonly addresses: { readonly http: string | undefined; readonly grpc: string | undefined; readonly admin: string };
  readonly observability: Observability;
  /** Readiness false, the grace, calls in flight, relay and consumers, database: in this order. Idempotent. */
  stop(): Promise<void>;
}

/** Something to undo when the server stops, or when its start fails half way. Undone last in, first out. */
type Undo = () => Promise<void>;

/**
 * Starts an app. Throws SetupError, with nothing left open, when it cannot: contracts, configuration, database, schema
 * or a busy port.
 */
export async function serve(app: App, configuration: Configuration): Promise<RunningServer> {
  assertSound(app);
  if (configuration.environment === "production") assertPinned(app);
  const undo: Undo[] = [];
  try {
    return await startServer(app, configuration, undo);
  } catch (error) {
    for (const step of undo.toReversed()) await step();
    throw error;
  }
}

async function startServer(app: App, configuration: Configuration, undo: Undo[]): Promise<RunningServer> {
  const authSecret = resolveAuthSecret(configuration);
  const pretty = configuration.environment === "development" && process.stdout.isTTY === true;
  const observability = createObservability(app, { level: configuration.logLevel, pretty });
  undo.push(async () => observability.logger.flush());
  const storage = await openStorage(configuration, {
    observe: statementObserver(configuration, observability.tracing),
    settings: sessionSettings(app, configuration),
  });
  undo.push(() => storage.database.close());
  await prepareSchema(app, storage, configuration, observability.logger);
  const store = await openStore(app, configuration, storage);
  undo.push(async () => store?.close());
  watchStorage(storage, observability);
  watchEvents(storage.database, observability.metrics);
  const admin = createAdminServer({ ...observability, host: configuration.host, port: configuration.adminPort });
  undo.push(() => admin.close());
  const adminPort = await admin.listen();
  const wiring = wire(app, { configuration, authSecret, storage, store, observability });
  undo.push(() => wiring.stop());
  // Before the roads: a consumer that begins `now` has every event of the first call.
  await wiring.start(configuration.roles);
  const roads = configuration.roles.includes("api")
    ? await openRoads(app, configuration, wiring, storage, observability, undo)
    : { http: undefined, grpc: undefined };
  observability.health.markReady();
  let stopping: Promise<void> | undefined;
  return {
    addresses: { ...roads, admin: `http://${urlHost(configuration.host)}:${adminPort}` },
    observability,
    stop() {
      stopping ??= stopServer(configuration, wiring, observability, undo);
      return stopping;
    },
  };
}

async function openRoads(
  app: App,
  configuration: Configuration,
  wiring: Wiring,
  storage: Storage,
  { logger, health }: Observability,
  undo: Undo[],
): Promise<{ http: string; grpc: string }> {
  const { registry, definition } = app;
  const localSecret = randomBytes(32).toString("base64url");
  const { host, shutdownTimeout } = configuration;
  const common = { registry, caller: wiring.pipeline, host, localSecret };
  const http = await createHttpServer({
    ...common,
    port: configuration.httpPort,
    info: apiInfo(definition),
    website: definition.website,
    limits: appLimitList(definition.limits),
    cors: configuration.corsOrigins.length > 0 ? { origins: configuration.corsOrigins } : undefined,
    trustedProxies: configuration.trustedProxies,
    onRefused: (refusal) => logger.info({ ...refusal, error: refusal.error.reason }, "refused"),
  });
  const { numbering, unpinned } = servedNumbers(app);
  if (unpinned.length > 0)
    logger.warn({ unpinned }, "contract.lock.json is behind the contracts: run trivium generate");
  const grpc = createGrpcServer({ ...common, port: configuration.grpcPort, health, numbering });
  undo.push(async () => {
    await Promise.all([http.close(shutdownTimeout), grpc.close(shutdownTimeout)]);
  });
  const addresses = { http: await http.listen(), grpc: await grpc.listen() };
  await storage.publish(addresses.http, localSecret);
  return addresses;
}

async function stopServer(
  configuration: Configuration,
  wiring: Wiring,
  { health, logger }: Observability,
  undo: Undo[],
): Promise<void> {
  health.drain();
  logger.info({}, "stopping");
  await new Promise((resolve) => setTimeout(resolve, configuration.shutdownGrace));
  wiring.pipeline.endStreams(appError("SHUTTING_DOWN"));
  const cutOff = setTimeout(() => wiring.pipeline.cancelAll(appError("SHUTTING_DOWN")), configuration.shutdownTimeout);
  for (const step of undo.toReversed()) await step();
  clearTimeout(cutOff);
}

function urlHost(host: string): string {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return reachable.includes(":") ? `[${reachable}]` : reachable;
}

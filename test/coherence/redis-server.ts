// A Redis server of a test's own with a user for each process, whom it can be told to refuse.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@redis/client";
import { isRedisInstalled, type OwnRedis, startOwnRedis, withoutRedis } from "../../src/testing/redis/start-redis.ts";
import { type ProcessName, processNames } from "./history.ts";

/** Why tests that break their server are skipped here; false where they are not. */
export const noRedisServer: string | false = isRedisInstalled() ? false : withoutRedis;

const password = "a password of tests";

/** A server that keeps its data through a kill. Each user may do everything until told otherwise. */
export class RedisServer {
  readonly #server: OwnRedis;
  readonly #folder: string;

  private constructor(server: OwnRedis, folder: string) {
    this.#server = server;
    this.#folder = folder;
  }

  /** Starts one. Throws where none is installed. */
  static async start(): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), "trivium-redis-"));
    const users = processNames.flatMap((name) => ["--user", name, "on", `>${password}`, "~*", "&*", "+@all"]);
    const server = await startOwnRedis(["--dir", folder, "--appendonly", "yes", ...users]);
    if (server === undefined) throw new Error(withoutRedis);
    return new RedisServer(server, folder);
  }

  /** The URL of a user's; without one, of the administrator's. */
  url(user?: ProcessName): string {
    const url = new URL(this.#server.url);
    if (user !== undefined) {
      url.username = user;
      url.password = password;
    }
    return url.href;
  }

  /** Starts it again, on the data that is there. */
  start(): Promise<void> {
    return this.#server.start();
  }

  /** SIGKILL. */
  kill(): Promise<void> {
    return this.#server.kill();
  }

  /** While it is down: removes its data. */
  async wipe(): Promise<void> {
    await rm(join(this.#folder, "appendonlydir"), { recursive: true, force: true });
  }

  /** Connections stay, nothing is answered. */
  pause(): void {
    this.#server.pause();
  }

  /** What was sent meanwhile is done now. */
  resume(): void {
    this.#server.resume();
  }

  /** Whether a user may run scripts. What is changed lasts until the server ends. */
  async allowScripts(user: ProcessName, allowed: boolean): Promise<void> {
    const sign = allowed ? "+" : "-";
    await this.command("ACL", "SETUSER", user, `${sign}eval`, `${sign}evalsha`);
  }

  /** One command of the administrator's. */
  async command(...args: string[]): Promise<unknown> {
    const client = createClient({ url: this.url(), socket: { reconnectStrategy: false, connectTimeout: 2_000 } });
    client.on("error", () => undefined);
    await client.connect();
    try {
      return await client.sendCommand(args);
    } finally {
      client.destroy();
    }
  }

  /** How often scripts were run since the server started, as it counts itself. */
  async scriptsRun(): Promise<number> {
    const text = String(await this.command("INFO", "commandstats"));
    const calls = text.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+)/gm);
    return [...calls].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** Ends it and removes what it kept. */
  async stop(): Promise<void> {
    await this.#server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

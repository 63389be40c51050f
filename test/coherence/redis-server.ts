// A Redis server of a test's own, that can be killed, paused, wiped, and told to refuse what a user asks.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "@redis/client";

/** Why such tests are skipped here; false where they are not. */
export const noRedisServer: string | false =
  spawnSync("redis-server", ["--version"]).status === 0
    ? false
    : "needs a Redis server of its own: install redis-server (`apt-get install redis-server`)";

const password = "a password of tests";
/** Below the ports that the system gives to outgoing connections: nobody takes it while the server is down. */
const portRange = { from: 20_000, to: 32_000 };

/** A server with two users, `one` and `two`, each of whom may do everything until told otherwise. */
export class RedisServer {
  readonly #folder: string;
  readonly #port: number;
  #child: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
  }

  /** Starts one that keeps its data through a kill. */
  static async start(): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), "trivium-redis-"));
    const server = new RedisServer(folder, await freePort());
    await server.start();
    return server;
  }

  /** The URL of a user's; without one, of the administrator's. */
  url(user?: "one" | "two"): string {
    const who = user === undefined ? "" : `${user}:${encodeURIComponent(password)}@`;
    return `redis://${who}127.0.0.1:${this.#port}`;
  }

  /** Starts it (again, on the data that is there). Resolves when it answers. */
  async start(options: readonly string[] = []): Promise<void> {
    const users = ["one", "two"].flatMap((name) => ["--user", name, "on", `>${password}`, "~*", "&*", "+@all"]);
    const data = ["--dir", this.#folder, "--appendonly", "yes", "--save", ""];
    const address = ["--port", String(this.#port), "--bind", "127.0.0.1"];
    this.#child = spawn("redis-server", [...address, ...data, ...users, ...options], { stdio: "ignore" });
    const end = Date.now() + 10_000;
    for (;;) {
      try {
        await this.command("PING");
        return;
      } catch (error) {
        if (Date.now() > end) throw error;
        await delay(10);
      }
    }
  }

  /** SIGKILL. Resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  /** While it is down: removes its data. */
  async wipe(): Promise<void> {
    await rm(join(this.#folder, "appendonlydir"), { recursive: true, force: true });
  }

  /** SIGSTOP: connections stay, nothing is answered. */
  pause(): void {
    this.#child?.kill("SIGSTOP");
  }

  /** SIGCONT: what was sent meanwhile is done now. */
  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  /** Whether a user may run scripts. What is changed lasts until the server ends. */
  async allowScripts(user: "one" | "two", allowed: boolean): Promise<void> {
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
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  for (;;) {
    const port = portRange.from + Math.floor(Math.random() * (portRange.to - portRange.from));
    const probe = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
}

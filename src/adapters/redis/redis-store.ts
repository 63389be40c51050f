// The store port on Redis: every method is one script.

import { SetupError } from "../../core/setup-error.ts";
import { limitStates } from "../../store/limit-buckets.ts";
import { type Answer, type Fill, type Lookup, mostEntryTags, type Question, type Store } from "../../store/store.ts";
import { RedisConnection } from "./connection.ts";
import type { Argument } from "./driver.ts";
import type { RedisRoundTrip } from "./round-trip.ts";
import { ask, lookupCode } from "./scripts/ask.ts";
import { fence, unfence } from "./scripts/fences.ts";
import { fill } from "./scripts/fill.ts";
import { forget } from "./scripts/forget.ts";
import { beginFirst, renew, seal } from "./scripts/lives.ts";
import { rights } from "./scripts/rights.ts";
import type { Script } from "./scripts/script.ts";
import { connectProblem } from "./setup-problems.ts";

/** How to reach the server, and whose data it is for. */
export interface RedisStoreOptions {
  /** `redis://user:password@host:6379/0`, or `rediss://` for TLS. */
  readonly url: string;
  /** What all keys begin with: one database's processes share it, and nobody else. */
  readonly prefix: string;
  /** No process ever used a store for this data: the store begins open. Whoever is wrong may see stale answers. */
  readonly firstEver: boolean;
  /** Milliseconds that connecting may take at start; 5,000 if not given. */
  readonly connectTimeout?: number | undefined;
  /** Milliseconds that the server has for an answer; 500 if not given. */
  readonly commandTimeout?: number | undefined;
  /** Told of every round trip when it is over, in the async context of its caller. Must not throw. */
  readonly observe?: ((trip: RedisRoundTrip) => void) | undefined;
}

/** Keys that one SCAN looks at. */
const scanBatch = 500;

/**
 * Connects. Throws SetupError with what to do: package missing, server out of reach, password refused, rights missing, a
 * version or an eviction policy under which the guarantees could not be kept. Later losses of the connection mend themselves.
 */
export async function createRedisStore(options: RedisStoreOptions): Promise<Store> {
  const connection = await RedisConnection.open({
    url: options.url,
    connectTimeout: options.connectTimeout ?? 5_000,
    commandTimeout: options.commandTimeout ?? 500,
    observe: options.observe,
  });
  const store = new RedisStore(connection, options.prefix);
  try {
    if (options.firstEver) await store.beginFirst();
    await store.tryRights();
    return store;
  } catch (error) {
    await store.close();
    throw new SetupError([connectProblem(options.url, error instanceof Error ? (error.cause ?? error) : error)]);
  }
}

class RedisStore implements Store {
  readonly kind = "redis";
  readonly #connection: RedisConnection;
  readonly #prefix: string;
  readonly #state: string;

  constructor(connection: RedisConnection, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#state = `${prefix}s`;
  }

  get isReachable(): boolean {
    return this.#connection.isReachable;
  }

  async beginFirst(): Promise<void> {
    await this.#run(beginFirst, []);
  }

  /** Uses every right that the methods need, so that a missing one is told at start. */
  async tryRights(): Promise<void> {
    await this.#run(rights, []);
    await this.#connection.command("SCAN", ["0", "COUNT", "1"]);
    await this.ask({ limits: [], entry: undefined });
  }

  ask({ limits, entry }: Question): Promise<Answer> {
    const args: string[] = [entry ?? ""];
    for (const { key, interval, burst } of limits) args.push(key, String(interval), String(burst * interval));
    return this.#run(ask, args).then((answered) => {
      const reply = answered as (number | Buffer)[]; // as the script's comment says
      const states = limits.length === 0 ? [] : limitStates(limits, reply as number[]); // the limits' come first
      return { limits: states, entry: lookupFrom(reply, limits.length) };
    });
  }

  async fill({ key, lease, tags, body, ttl }: Fill): Promise<boolean> {
    if (tags.length > mostEntryTags) return false;
    const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    const args = [key, String(lease.clock), lease.boot, String(Math.ceil(ttl)), content, ...tags.map(written)];
    return (await this.#run(fill, args)) === 1;
  }

  async fence(token: string, tags: readonly string[]): Promise<void> {
    await this.#run(fence, [written(token), ...tags.map(written)]);
  }

  async unfence(token: string, tags: readonly string[]): Promise<void> {
    await this.#run(unfence, [written(token), ...tags.map(written)]);
  }

  async seal(): Promise<void> {
    await this.#run(seal, []);
  }

  async renew(): Promise<void> {
    await this.#run(renew, []);
  }

  async forget(): Promise<number> {
    const pattern = `${this.#prefix.replaceAll(/[\\*?[\]]/g, "\\$&")}t:*`;
    let cursor: Argument = "0";
    let forgotten = 0;
    do {
      const scan = [cursor, "MATCH", pattern, "COUNT", String(scanBatch)];
      const [next, keys] = (await this.#connection.command("SCAN", scan)) as [Buffer, Buffer[]]; // SCAN's own form
      cursor = next;
      if (keys.length > 0) forgotten += (await this.#run(forget, keys)) as number; // as the script's comment says
    } while (String(cursor) !== "0");
    return forgotten;
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  #run(script: Script, args: readonly Argument[]): Promise<unknown> {
    return this.#connection.run(script, this.#state, args);
  }
}

function lookupFrom(reply: readonly (number | Buffer)[], at: number): Lookup | undefined {
  const first = reply[at];
  if (first === undefined) return undefined;
  if (typeof first !== "number") return { state: "hit", body: first };
  if (first === lookupCode.closed) return { state: "closed" };
  const lease = { clock: Number(reply[at + 1]), boot: String(reply[at + 2]) };
  return { state: first === lookupCode.fenced ? "fenced" : "miss", lease };
}

/** A tag or token as scripts take it: without the characters that part it from others. */
function written(name: string): string {
  return /[\s%]/.test(name) ? name.replaceAll(/[\s%]/g, (mark) => `%${mark.charCodeAt(0).toString(16)};`) : name;
}

// The store port on Redis: every method is one script.

import type { Answer, Fill, LimitState, Lookup, Question, Store } from "../../store/store.ts";
import { StoreUnavailable } from "../../store/store.ts";
import { type Argument, RedisConnection } from "./connection.ts";
import { ask, beginFirst, fence, fill, forget, renew, type Script, seal, unfence } from "./scripts/scripts.ts";

/** How to reach the server, and whose data it is for. */
export interface RedisStoreOptions {
  /** `redis://user:password@host:6379/0`, or `rediss://` for TLS. */
  readonly url: string;
  /** What all keys begin with: one database's processes share it, and nobody else. */
  readonly prefix: string;
  /** No process ever used a store for this data: the store begins open. Whoever is wrong may see stale answers. */
  readonly firstEver: boolean;
  /** Milliseconds that connecting may take; 5,000 if not given. */
  readonly connectTimeout?: number | undefined;
  /** Milliseconds that the server has for an answer; 500 if not given. */
  readonly commandTimeout?: number | undefined;
}

const scanBatch = 500;
/** Values of a limit's state in a reply. */
const perLimit = 4;
const lookupCode = { miss: 0, hit: 1, fenced: 2, closed: 3 };

/**
 * Connects. Throws SetupError with what to do: package missing, server out of reach, password refused, a version or an
 * eviction policy under which the guarantees could not be kept. Later losses of the connection mend themselves.
 */
export async function createRedisStore(options: RedisStoreOptions): Promise<Store> {
  const connection = await RedisConnection.open({
    url: options.url,
    connectTimeout: options.connectTimeout ?? 5_000,
    commandTimeout: options.commandTimeout ?? 500,
  });
  const store = new RedisStore(connection, options.prefix);
  if (options.firstEver) await store.beginFirst();
  return store;
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

  async ask({ limits, entry }: Question): Promise<Answer> {
    const args: string[] = [entry ?? ""];
    for (const { key, interval, burst } of limits) args.push(key, String(interval), String(burst));
    const reply = (await this.#run(ask, args)) as (number | Buffer)[]; // as the script's comment says
    const states = limits.map((_, index) => limitState(reply, index * perLimit));
    return { limits: states, entry: lookup(reply, limits.length * perLimit) };
  }

  async fill({ key, lease, tags, body, ttl }: Fill): Promise<boolean> {
    const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    const args = [key, String(lease.clock), lease.boot, String(Math.ceil(ttl)), content, ...tags.map(written)];
    return (await this.#run(fill, args)) === 1;
  }

  async fence(token: string, tags: readonly string[]): Promise<void> {
    await this.#run(fence, [token, ...tags.map(written)]);
  }

  async unfence(token: string, tags: readonly string[]): Promise<void> {
    await this.#run(unfence, [token, ...tags.map(written)]);
  }

  async seal(): Promise<void> {
    await this.#run(seal, []);
  }

  async renew(): Promise<void> {
    await this.#run(renew, []);
  }

  async forget(): Promise<number> {
    const start = `${this.#prefix}t:`;
    const pattern = `${start.replaceAll(/[\\*?[\]]/g, "\\$&")}*`;
    let cursor = "0";
    let forgotten = 0;
    do {
      const scan = ["SCAN", cursor, "MATCH", pattern, "COUNT", String(scanBatch)];
      const [next, keys] = (await this.#connection.command(scan)) as [Buffer, Buffer[]]; // SCAN's own form
      cursor = String(next);
      const tags = keys.map((key) => String(key).slice(start.length));
      if (tags.length > 0) forgotten += (await this.#run(forget, tags)) as number; // as the script's comment says
    } while (cursor !== "0");
    return forgotten;
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  /** What the server refuses (a right that was taken away, no memory left) was not done: to the caller it is away. */
  async #run(script: Script, args: readonly Argument[]): Promise<unknown> {
    try {
      return await this.#connection.run(script, this.#state, args);
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error;
      throw new StoreUnavailable("The Redis server refused a script", { cause: error });
    }
  }
}

function limitState(reply: readonly (number | Buffer)[], at: number): LimitState {
  const [admitted, remaining, retryAfter, resetAfter] = reply.slice(at, at + perLimit) as number[]; // numbers all
  return {
    admitted: admitted === 1,
    remaining: remaining ?? 0,
    retryAfter: retryAfter ?? 0,
    resetAfter: resetAfter ?? 0,
  };
}

function lookup(reply: readonly (number | Buffer)[], at: number): Lookup | undefined {
  switch (reply[at]) {
    case lookupCode.hit:
      return { state: "hit", body: reply[at + 1] as Buffer };
    case lookupCode.miss:
    case lookupCode.fenced: {
      const lease = { clock: Number(reply[at + 1]), boot: String(reply[at + 2]) };
      return { state: reply[at] === lookupCode.miss ? "miss" : "fenced", lease };
    }
    case lookupCode.closed:
      return { state: "closed" };
    default:
      return undefined;
  }
}

/** A tag as scripts take it: without the characters that part it from others. */
function written(tag: string): string {
  return /[\s%]/.test(tag) ? encodeURIComponent(tag) : tag;
}

// What the tests of this folder share: a connection for commands of an administrator, and stores that are closed.

import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import type { Store } from "../../store/store.ts";
import { type OwnRedis, startOwnRedis, withoutRedis } from "../../testing/redis/start-redis.ts";
import { type Client, clientFor, loadDriver } from "./driver.ts";
import { createRedisStore, type RedisStoreOptions } from "./redis-store.ts";

/** Runs commands over a connection of its own each, so that they work whatever became of the server before. */
export async function command(url: string, ...args: string[]): Promise<unknown> {
  return withClient(url, (client) => client.sendCommand(args));
}

export async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = clientFor(await loadDriver(), url, 5_000).on("error", () => {});
  try {
    await client.connect();
    return await use(client);
  } finally {
    client.destroy();
  }
}

/** A new prefix for keys. */
export function newPrefix(): string {
  return `test:{${randomUUID()}}:`;
}

/** Opens a store that is closed when the test ends. */
export async function openFor(
  context: TestContext,
  options: Partial<RedisStoreOptions> & { readonly url: string },
): Promise<Store> {
  const store = await createRedisStore({ prefix: newPrefix(), firstEver: true, ...options });
  context.after(() => store.close());
  return store;
}

/** A test with a server of its own, which it may break; skipped where none can be started. */
export function testOnServer(
  name: string,
  run: (redis: OwnRedis, context: TestContext) => Promise<void>,
  flags: readonly string[] = [],
): void {
  void test(name, async (context) => {
    const redis = await startOwnRedis(flags);
    if (redis === undefined) return context.skip(withoutRedis);
    // Stops after the stores are closed: hooks run in their order.
    try {
      await run(redis, context);
    } finally {
      redis.resume();
      await redis.stop();
    }
  });
}

// Test apps on one PostgreSQL database and one Redis: what processes of a service are to each other, in this process.

import type { TestContext } from "node:test";
import type { createApp, Sql } from "trivium";
import { createPostgresDatabase } from "trivium/postgres";
import { createRedisStore } from "trivium/redis";
import { createTestApp, type TestApp } from "trivium/testing";
import { insideSession } from "../../src/cache/outside-writes.ts";
import type { DatabaseObserver } from "../../src/database/observation.ts";
import { startPostgres } from "../../src/testing/postgres/start-postgres.ts";
import { RedisServer } from "./redis-server.ts";

/** Where they are. */
export interface AppHome {
  readonly url: string;
  readonly redis: RedisServer;
  /** One more app on the same data, with a store connection of its own. */
  open(app: ReturnType<typeof createApp>, cache?: "on" | "off"): Promise<TestApp>;
  /** A statement from outside of the apps. */
  run(statement: Sql): Promise<void>;
  close(): Promise<void>;
}

/** Opens servers for them. */
export async function openAppHome(): Promise<AppHome> {
  const postgres = await startPostgres();
  const { url, drop } = await postgres.createDatabase();
  const redis = await RedisServer.start();
  const closing: (() => Promise<void>)[] = [drop, () => postgres.stop(), () => redis.stop()];
  let firstEver = true;
  return {
    url,
    redis,
    async open(app, cache = "on") {
      const store = await createRedisStore({ url: redis.url("one"), prefix: "test:", firstEver });
      firstEver = false;
      const open = (observe: DatabaseObserver) => createPostgresDatabase({ url, observe, settings: insideSession });
      const opened = await createTestApp(app, { open, store, cache });
      closing.unshift(
        () => opened.close(),
        () => store.close(),
      );
      return opened;
    },
    async run(statement) {
      const database = await createPostgresDatabase({ url, max: 1 });
      await database.query(statement);
      await database.close();
    },
    async close() {
      for (const close of closing) await close();
    },
  };
}

/** As `openAppHome`, closed after a test. */
export async function appHomeFor(t: TestContext): Promise<AppHome> {
  const home = await openAppHome();
  t.after(() => home.close());
  return home;
}

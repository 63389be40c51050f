// Two processes of the reference service on one PostgreSQL and one Redis. Each reaches Redis through a proxy of its own
// and as a user of its own, so that it can be cut off, or refused, alone.

import { join } from "node:path";
import type { TestContext } from "node:test";
import { createPostgresDatabase, type PostgresDatabase } from "trivium/postgres";
import { startPostgres } from "../../src/testing/postgres/start-postgres.ts";
import { TcpProxy } from "../../src/testing/postgres/tcp-proxy.ts";
import { type ChatServer, freshPlace, startChat } from "../kit/chat-server.ts";
import { type ProcessName, processNames } from "./history.ts";
import { RedisServer } from "./redis-server.ts";

const program = join(import.meta.dirname, "chat.fixture.ts");

/** One process of the two. */
export interface BedProcess {
  readonly name: ProcessName;
  readonly server: ChatServer;
  /** Between it and Redis. */
  readonly proxy: TcpProxy;
}

/** All of it. */
export interface Bed {
  readonly one: BedProcess;
  readonly two: BedProcess;
  readonly redis: RedisServer;
  readonly databaseUrl: string;
  /** A connection of the test's own, from outside of the foundation. */
  readonly database: PostgresDatabase;
}

/** Opens it for a test, after which it is closed. */
export async function openBed(t: TestContext, env: NodeJS.ProcessEnv = {}): Promise<Bed> {
  const postgres = await startPostgres();
  const home = await postgres.createDatabase();
  const redis = await RedisServer.start();
  const database = await createPostgresDatabase({ url: home.url, max: 3 });
  const closing: (() => Promise<unknown>)[] = [];
  t.after(async () => {
    for (const close of closing) await close();
    await database.close();
    await redis.stop();
    await home.drop();
    await postgres.stop();
  });
  const open = async (name: ProcessName): Promise<BedProcess> => {
    const proxy = await TcpProxy.start(redis.url());
    closing.push(() => proxy.close());
    const place = await freshPlace(home.url);
    closing.unshift(() => place.remove());
    const own = { REDIS_URL: proxy.through(redis.url(name)), INSTANCES: String(processNames.length) };
    const server = await startChat({ ...place, program }, { ROLES: "api,relay", ...own, ...env });
    closing.unshift(() => server.kill());
    return { name, server, proxy };
  };
  const [one, two] = [await open("one"), await open("two")];
  return { one, two, redis, databaseUrl: home.url, database };
}

/** The count of a metric with these labels, over both processes. */
export async function counted({ one, two }: Bed, metric: string): Promise<number> {
  let sum = 0;
  for (const { server } of [one, two]) {
    const text = await (await fetch(`${server.admin}/metrics`)).text();
    const line = text.split("\n").find((each) => each.startsWith(`${metric} `));
    sum += Number(line?.split(" ")[1] ?? 0);
  }
  return sum;
}

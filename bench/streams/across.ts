// From a post at one process to the eyes of a watcher at another, beside what the bus alone takes: NOTIFY to LISTEN.

import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { startPostgres } from "../../src/testing/postgres/start-postgres.ts";
import { chatToken, prepareChat, startChat } from "../services/chat.ts";
import { idOf } from "../services/fill.ts";
import { startRedis } from "../services/redis.ts";
import type { MeasuredServer } from "../services/server.ts";
import { percentile } from "./figures.ts";
import { type Poster, poster } from "./poster.ts";

/** Milliseconds of each. */
interface Samples {
  readonly post: number[];
  readonly seen: number[];
  readonly afterAnswer: number[];
}

/** Milliseconds between two posts: on a quiet channel, and one that never rests. */
const paces = [
  { name: "every 50 ms", gap: 50 },
  { name: "one after the other", gap: 0 },
] as const;

/** Measures and prints the table. */
export async function measureAcross(posts: number): Promise<void> {
  const postgres = await startPostgres();
  const redis = await startRedis();
  const servers: MeasuredServer[] = [];
  try {
    const { url } = await postgres.createDatabase();
    const secret = randomBytes(32).toString("base64");
    const env = { NODE_ENV: "production", DATABASE_URL: url, REDIS_URL: redis.database(0), AUTH_SECRET: secret };
    await prepareChat(env);
    for (let n = 0; n < 2; n++) servers.push(await startChat({ ...env, ROLES: "api,relay,consumers" }));
    const tokens = await Promise.all(Array.from({ length: 10 }, (_, n) => chatToken(secret, n * 100)));
    const ports = servers.map(({ port }) => port);
    const channelId = idOf("channel", 0);
    const watcher = await Watcher.open(ports[1] ?? 0, tokens[0] ?? "", channelId);
    const from = await poster(ports[0] ?? 0, channelId, tokens);
    const bus = await openBus(url);
    console.log(`A post at one process, seen by a watcher at another: milliseconds, ${posts} posts at each pace

| | p50 | p99 |
| --- | --- | --- |`);
    for (const { name, gap } of paces) print(name, await measurePace(from, watcher, bus, { posts, gap }));
    console.log();
    watcher.close();
    from.close();
    await bus.close();
  } finally {
    for (const server of servers) server.stop();
    redis.stop();
    await postgres.stop();
  }
}

async function measurePace(
  from: Poster,
  watcher: Watcher,
  bus: Bus,
  { posts, gap }: { readonly posts: number; readonly gap: number },
): Promise<Samples & { readonly bus: number[] }> {
  const samples = { post: [] as number[], seen: [] as number[], afterAnswer: [] as number[], bus: [] as number[] };
  for (let n = -50; n < posts; n++) {
    const seen = watcher.next();
    const begun = performance.now();
    const answered = await from.post();
    const seenAt = await seen;
    const busTook = gap === 0 ? 0 : await bus.once();
    await sleep(gap);
    if (n < 0) continue; // warms up
    samples.post.push(answered - begun);
    samples.seen.push(seenAt - begun);
    samples.afterAnswer.push(seenAt - answered);
    if (gap > 0) samples.bus.push(busTook);
  }
  return samples;
}

function print(pace: string, samples: Awaited<ReturnType<typeof measurePace>>): void {
  const rows = [
    ["the bus alone: NOTIFY to LISTEN", samples.bus],
    [`${pace}: the post until its answer`, samples.post],
    [`${pace}: the post until it is seen`, samples.seen],
    [`${pace}: of that, after the answer`, samples.afterAnswer],
  ] as const;
  for (const [what, of] of rows)
    if (of.length > 0)
      console.log(`| ${what} | ${percentile(of, 0.5).toFixed(2)} | ${percentile(of, 0.99).toFixed(2)} |`);
}

/** Reads a watched channel; tells when each event came. */
class Watcher {
  readonly #socket: Socket;
  #waiting: ((at: number) => void) | undefined;

  static open(port: number, token: string, channelId: string): Promise<Watcher> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port, noDelay: true }, () => {
        socket.write(
          `GET /v1/channels/${channelId}/watch HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`,
        );
      });
      socket.once("error", reject);
      socket.once("data", (bytes: Buffer) => {
        if (bytes.subarray(0, 15).toString().includes(" 200 ")) resolve(new Watcher(socket));
        else reject(new Error(String(bytes)));
      });
    });
  }

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => {
      if (bytes.includes('{"item":')) this.#waiting?.(performance.now());
    });
  }

  /** When the next event comes, in milliseconds of `performance.now()`. */
  next(): Promise<number> {
    return new Promise((resolve) => (this.#waiting = resolve));
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Two connections to the database, of which one hears what the other says. */
interface Bus {
  /** Milliseconds from the saying to the hearing. */
  once(): Promise<number>;
  close(): Promise<void>;
}

async function openBus(url: string): Promise<Bus> {
  const [says, hears] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })];
  await Promise.all([says.connect(), hears.connect()]);
  await hears.query("listen bench");
  return {
    once() {
      const begun = performance.now();
      const heard = new Promise<number>((resolve) => {
        hears.once("notification", () => resolve(performance.now() - begun));
      });
      void says.query({ name: "bench", text: "select pg_notify('bench', 'x')" });
      return heard;
    },
    close: async () => void (await Promise.all([says.end(), hears.end()])),
  };
}

// One post to 1,000 watchers of its channel on one process: CPU per delivered event, and the time until the last has it,
// beside bare broadcasts of the same bytes.

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { startPostgres, type TestPostgres } from "../../../src/testing/postgres/start-postgres.ts";
import { chatToken, prepareChat, startChat } from "../../services/chat.ts";
import { idOf } from "../../services/fill.ts";
import { freePort, type MeasuredServer, startServer } from "../../services/server.ts";
import { percentile } from "../figures.ts";
import { type Poster, poster } from "../poster.ts";
import { Subscribers, type WatchRoad } from "./subscribers.ts";

const crowdSize = 1000;
const postsARound = 20;

interface Contestant {
  readonly name: string;
  readonly server: MeasuredServer;
  readonly crowd: Subscribers;
  /** Opens a connection to post over: a server closes one that is idle. */
  readonly open: () => Promise<Poster>;
  /** Microseconds of the server's CPU per delivered event, of each round. */
  readonly cpu: number[];
  /** Milliseconds from before the post until the last had it. */
  readonly last: number[];
}

/** Measures and prints the table. */
export async function measureFanOut(rounds: number): Promise<void> {
  const postgres = await startPostgres();
  const all: Contestant[] = [];
  try {
    all.push(await bare("bare http, lines", "ndjson"));
    all.push(await bare("bare ws", "ws"));
    all.push(await chat("Trivium, NDJSON", "ndjson", postgres));
    all.push(await bare("bare grpc-js", "grpc"));
    all.push(await chat("Trivium, gRPC", "grpc", postgres));
    for (let round = -1; round < rounds; round++) for (const each of all) await measureRound(each, round < 0);
    print(all, rounds);
  } finally {
    for (const { server, crowd } of all) {
      crowd.close();
      server.stop();
    }
    await postgres.stop();
  }
}

async function bare(name: string, road: WatchRoad): Promise<Contestant> {
  const grpcPort = await freePort();
  const main = new URL("broadcast.ts", import.meta.url);
  const server = await startServer({ main, args: [road], env: { GRPC_PORT: String(grpcPort) } });
  return joined(name, road, server, { grpcPort, tokens: [""] });
}

async function chat(name: string, road: WatchRoad, postgres: TestPostgres): Promise<Contestant> {
  const { url } = await postgres.createDatabase(); // of its own: who posts here is heard here only
  const env = { NODE_ENV: "production", DATABASE_URL: url, AUTH_SECRET: randomBytes(32).toString("base64") };
  await prepareChat(env);
  const grpcPort = await freePort();
  const server = await startChat({ ...env, GRPC_PORT: String(grpcPort) });
  // The members of the first channel post by turns, so that none posts more often than one may.
  const tokens = await Promise.all(Array.from({ length: 10 }, (_, n) => chatToken(env.AUTH_SECRET, n * 100)));
  return joined(name, road, server, { grpcPort, tokens });
}

async function joined(
  name: string,
  road: WatchRoad,
  server: MeasuredServer,
  { grpcPort, tokens }: { readonly grpcPort: number; readonly tokens: readonly string[] },
): Promise<Contestant> {
  const channelId = idOf("channel", 0);
  const { port } = server;
  const crowd = new Subscribers();
  await crowd.open(crowdSize, road, { port, grpcPort, token: tokens[0] ?? "", channelId });
  return { name, server, crowd, open: () => poster(port, channelId, tokens), cpu: [], last: [] };
}

async function measureRound({ server, crowd, open, cpu, last }: Contestant, isWarmUp: boolean): Promise<void> {
  const posts = await open();
  const before = await server.cpu();
  for (let post = 0; post < postsARound; post++) {
    const begun = performance.now();
    const all = crowd.until(crowd.delivered + crowdSize);
    await posts.post();
    await all;
    if (!isWarmUp) last.push(performance.now() - begun);
    await sleep(30); // each is heard as the first of its moment
  }
  posts.close();
  if (!isWarmUp) cpu.push(((await server.cpu()) - before) / (postsARound * crowdSize));
}

function print(all: readonly Contestant[], rounds: number): void {
  console.log(`One post to ${crowdSize} watchers, ${rounds} rounds of ${postsARound} posts

| | median µs of CPU per event | smallest µs | last has it, p50 ms | p99 ms |
| --- | --- | --- | --- | --- |`);
  for (const { name, cpu, last } of all) {
    const cells = [percentile(cpu, 0.5), Math.min(...cpu), percentile(last, 0.5), percentile(last, 0.99)];
    console.log(`| ${name} | ${cells.map((cell) => cell.toFixed(1)).join(" | ")} |`);
  }
  console.log();
}

// Who is measured: the floor, the hand-written peer, and the reference service in several settings.

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { TestPostgres } from "../../src/testing/postgres/start-postgres.ts";
import { peerToken } from "../peer/auth.ts";
import { type ChatEnv, chatToken, prepareChat, startChat } from "./chat.ts";
import { amounts, fill, idOf } from "./fill.ts";
import type { CallKind, Target } from "./load.ts";
import type { BenchRedis } from "./redis.ts";
import { type MeasuredServer, startServer } from "./server.ts";

/** Who is measured, and what for. */
export interface ContestantPlan {
  readonly name: string;
  readonly program: "bare" | "peer" | "chat";
  readonly kinds: readonly CallKind[];
  readonly env?: Readonly<Record<string, string>>;
  /** Its background work belongs to its calls: it is waited for before its CPU is read. */
  readonly background?: boolean;
}

/** One that runs. */
export interface Contestant extends ContestantPlan {
  readonly server: MeasuredServer;
  readonly target: Target;
}

/** The name of the one that the others are compared with. */
export const peerName = "hand-written on Fastify";

/** All, the one that others are compared with first. */
export const contestantPlans: readonly ContestantPlan[] = [
  { name: peerName, program: "peer", kinds: ["read", "list", "post", "edit"] },
  { name: "bare node:http", program: "bare", kinds: ["read"] },
  { name: "Trivium", program: "chat", kinds: ["read", "list", "post", "edit"] },
  { name: "Trivium, CACHE=off", program: "chat", kinds: ["read", "list"], env: { CACHE: "off" } },
  {
    name: "Trivium, all roles, with their work",
    program: "chat",
    kinds: ["post", "edit"],
    env: { ROLES: "api,relay,consumers" },
    background: true,
  },
];

const secret = randomBytes(32).toString("base64");
const here = (path: string): URL => new URL(path, import.meta.url);

/** Starts one, on a database of PostgreSQL and of Redis that nobody else uses, filled. `index`: which of Redis'. */
export async function startContestant(
  plan: ContestantPlan,
  postgres: TestPostgres,
  redis: BenchRedis,
  index: number,
): Promise<Contestant> {
  const { program } = plan;
  const versions = Array.from({ length: amounts.users }, () => 1);
  if (program === "bare") {
    const server = await startServer({ main: here("../http-bare.ts"), args: ["node"], env: {} });
    return { ...plan, server, target: { port: server.port, tokens: [], versions } };
  }
  const { url } = await postgres.createDatabase();
  const env = { NODE_ENV: "production", DATABASE_URL: url, REDIS_URL: redis.database(index), AUTH_SECRET: secret };
  const server = await (program === "peer" ? startPeer(env) : startFilledChat({ ...env, ...plan.env }));
  const tokens = await Promise.all(Array.from({ length: amounts.users }, (_, user) => tokenOf(program, user)));
  return { ...plan, server, target: { port: server.port, tokens, versions } };
}

async function startPeer(env: { readonly DATABASE_URL: string }): Promise<MeasuredServer> {
  await fill(env.DATABASE_URL, await readFile(here("../peer/schema.sql"), "utf8"));
  return startServer({ main: here("../peer/main.ts"), env: { ...env } });
}

async function startFilledChat(env: ChatEnv): Promise<MeasuredServer> {
  await prepareChat(env);
  return startChat(env);
}

async function tokenOf(program: "peer" | "chat", user: number): Promise<string> {
  return program === "peer" ? peerToken(secret, idOf("user", user)) : chatToken(secret, user);
}

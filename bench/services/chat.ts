// The reference service as a measured process: its database made and filled, its users' tokens.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import app from "../../reference/app.ts";
import { createTokens } from "../../src/auth/tokens.ts";
import { fill, idOf } from "./fill.ts";
import { type MeasuredServer, sourceFlags, startServer } from "./server.ts";

/** What a process of the service is told, beside its defaults. */
export type ChatEnv = Readonly<Record<string, string>> & {
  readonly DATABASE_URL: string;
  readonly AUTH_SECRET: string;
};

const here = (path: string): URL => new URL(path, import.meta.url);

/** Makes the tables in an empty database, and fills them. */
export async function prepareChat(env: ChatEnv): Promise<void> {
  const tool = here("../../src/tool/main.ts").pathname;
  await promisify(execFile)(process.execPath, [...sourceFlags, tool, "migrate", "up"], {
    cwd: here("../../").pathname,
    env: { PATH: process.env.PATH, ...env },
  });
  await fill(env.DATABASE_URL);
}

/** Starts a process of the service; `ROLES=api` unless said otherwise. */
export function startChat(env: ChatEnv): Promise<MeasuredServer> {
  return startServer({
    main: here("../../reference/main.ts"),
    args: ["start"],
    env: { ROLES: "api", HOST: "127.0.0.1", GRPC_PORT: "0", ADMIN_PORT: "0", MAX_EVENT_LOOP_DELAY: "10s", ...env },
  });
}

/** A bearer token of a user, by his number. */
export async function chatToken(secret: string, user: number): Promise<string> {
  const tokens = createTokens({ secret, issuer: app.definition.name, lifetime: 3600 });
  return (await tokens.issue({ id: idOf("user", user) })).token;
}

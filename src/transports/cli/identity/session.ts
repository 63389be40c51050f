// The sessions that `login` keeps for a user of the machine: one token for each server.

import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { SetupError } from "../../../core/setup-error.ts";

/** Tokens by server. */
export interface SessionStore {
  /** The token kept for a server; `url` undefined: the app's own data. Throws SetupError for a file that is no session. */
  token(url: string | undefined): Promise<string | undefined>;
  /** Keeps a token in a file that only its user can read (mode 600), or forgets it. Answers where the file is. */
  keep(url: string | undefined, token: string | undefined): Promise<string>;
}

/** The sessions of an app, in `$XDG_CONFIG_HOME/<app>/session.json` (by default below `~/.config`). */
export function createSessionStore(app: string, env: Readonly<Record<string, string | undefined>>): SessionStore {
  const home = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), ".config");
  const path = join(home, app, "session.json");
  return {
    async token(url) {
      return (await readTokens(path)).get(serverName(url));
    },
    async keep(url, token) {
      const tokens = await readTokens(path);
      if (token === undefined) tokens.delete(serverName(url));
      else tokens.set(serverName(url), token);
      await writeTokens(path, tokens);
      return path;
    },
  };
}

function serverName(url: string | undefined): string {
  return url === undefined ? "local" : new URL(url).href.replace(/\/+$/, "");
}

async function readTokens(path: string): Promise<Map<string, string>> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return '{"tokens":{}}';
    throw new SetupError([`${path} cannot be read (${error.code}): correct its rights`], "The session is lost");
  });
  const tokens = tokensFrom(text);
  if (tokens === undefined)
    throw new SetupError([`${path} is not a session file: remove it and sign in again`], "The session is lost");
  return tokens;
}

function tokensFrom(text: string): Map<string, string> | undefined {
  try {
    const { tokens } = JSON.parse(text) as { tokens: Record<string, unknown> }; // any other form throws below
    const entries = Object.entries(tokens);
    return entries.every((entry): entry is [string, string] => typeof entry[1] === "string")
      ? new Map(entries)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Written beside and moved: nobody reads half a file, and its rights are right from its first byte. */
async function writeTokens(path: string, tokens: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const next = `${path}.${process.pid}`;
  await writeFile(next, `${JSON.stringify({ tokens: Object.fromEntries(tokens) })}\n`, { mode: 0o600 });
  await chmod(next, 0o600);
  await rename(next, path);
}

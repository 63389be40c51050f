// The reference service as a process of its own: started, killed, stopped and asked by tests.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const chatProgram = join(root, "reference/main.ts");
const flags = ["--conditions=trivium-source", "--disable-warning=ExperimentalWarning"];

/** Where a process keeps its data: a fresh folder, and a database if the test has one. */
export interface ChatPlace {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Another program's main file, run in the place of the reference service's. */
  readonly program?: string;
  remove(): Promise<void>;
}

/** A fresh place. With `databaseUrl` on PostgreSQL, else embedded. */
export async function freshPlace(databaseUrl?: string): Promise<ChatPlace> {
  const folder = await mkdtemp(join(tmpdir(), "trivium-chat-"));
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, "config"),
    NODE_ENV: "test",
    TRIVIUM_DATA_DIR: join(folder, "data"),
    HTTP_PORT: "0",
    GRPC_PORT: "0",
    ADMIN_PORT: "0",
    LOG_LEVEL: "warn",
    AUTH_SECRET: "a secret of the tests, thirty-two characters and more",
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  };
  return { folder, env, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }) };
}

/** A running process of the service. */
export interface ChatServer {
  readonly http: string;
  readonly grpc: string;
  readonly admin: string;
  readonly pid: number;
  /** What it printed so far, both streams. */
  output(): string;
  /** SIGKILL: nothing is finished, nothing is said. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** The process of the service, from its first moment on. */
export function spawnChat(place: ChatPlace, extra: NodeJS.ProcessEnv = {}) {
  return spawn(process.execPath, [...flags, place.program ?? chatProgram, "start"], {
    cwd: place.folder,
    env: { ...place.env, ...extra },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Starts the service; resolves when it says that it is ready. */
export async function startChat(place: ChatPlace, extra: NodeJS.ProcessEnv = {}): Promise<ChatServer> {
  const child = spawnChat(place, extra);
  let output = "";
  const ready = Promise.withResolvers<undefined>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (/^ {2}metrics .*\n/m.test(output)) ready.resolve(undefined);
    });
  }
  const exited = once(child, "exit");
  void exited.then(() => ready.reject(new Error(`the service ended before it was ready:\n${output}`)));
  await ready.promise;
  const address = (name: string): string => new RegExp(`^ {2}${name} +(\\S+)`, "m").exec(output)?.[1] ?? "";
  return {
    http: address("HTTP"),
    grpc: address("gRPC"),
    admin: new URL(address("metrics")).origin,
    pid: child.pid ?? 0,
    output: () => output,
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
    stop: async () => {
      if (child.exitCode === null) child.kill("SIGTERM");
      await exited;
      return child.exitCode;
    },
  };
}

/** One run of the program's command line. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `chat …` as a process, with text for its standard input if given. */
export async function runChat(place: ChatPlace, args: readonly string[], input?: string): Promise<CommandResult> {
  const child: ChildProcess = spawn(process.execPath, [...flags, place.program ?? chatProgram, ...args], {
    cwd: place.folder,
    env: place.env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin?.on("error", () => undefined).end(input);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

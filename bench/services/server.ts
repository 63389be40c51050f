// A measured server: a process of its own whose log goes nowhere, with the probe in it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Profiler } from "node:inspector";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProbeQuestion } from "./probe.ts";

/** How a server is started. It listens for HTTP on the port that `HTTP_PORT` names. */
export interface ServerProgram {
  readonly main: URL;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A server that runs. */
export interface MeasuredServer {
  readonly port: number;
  readonly pid: number;
  /** Microseconds of CPU, user and system, of all its threads so far. */
  cpu(): Promise<number>;
  startProfile(): Promise<void>;
  endProfile(): Promise<Profiler.Profile>;
  stop(): void;
}

/** What Node needs to run this project's sources. */
export const sourceFlags = ["--conditions=trivium-source", "--disable-warning=ExperimentalWarning"];

const startTimeout = 20_000;

/** Starts a server; resolves when it takes connections. */
export async function startServer({ main, args = [], env }: ServerProgram): Promise<MeasuredServer> {
  const port = await freePort();
  const probe = new URL("probe.ts", import.meta.url).href;
  const child = spawn(process.execPath, [...sourceFlags, "--import", probe, main.pathname, ...args], {
    stdio: ["pipe", "ignore", "inherit", "ipc"], // a server ends with its standard input
    env: { PATH: process.env.PATH, HTTP_PORT: String(port), ...env },
  });
  const end = Date.now() + startTimeout;
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > end) throw new Error(`${main.pathname} did not start`);
    await sleep(50);
  }
  const ask = async (question: ProbeQuestion): Promise<unknown> => {
    child.send(question);
    return (await once(child, "message"))[0];
  };
  // The casts repeat what the probe answers.
  return {
    port,
    pid: child.pid ?? 0,
    cpu: async () => (await ask("cpu")) as number,
    startProfile: async () => void (await ask("start profile")),
    endProfile: async () => (await ask("end profile")) as Profiler.Profile,
    stop: () => child.kill("SIGKILL"),
  };
}

function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`).then(
    (response) => response.arrayBuffer().then(() => true),
    () => false,
  );
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return address.port;
}

// CPU per call of one server process under load from another: what lasts on noisy machines is the ratio in one run.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** What is measured: a module of this folder that starts a server, and how it is asked. */
export interface Contestant {
  readonly name: string;
  /** Prints its port, then on each line of input the CPU it has used so far, in microseconds. */
  readonly server: URL;
  readonly args?: readonly string[];
  load(port: number, calls: number): Promise<void>;
}

/** Microseconds of CPU in the server's process per call: the median of the rounds, and the smallest. */
export interface Measurement {
  readonly name: string;
  readonly median: number;
  readonly smallest: number;
}

/** Runs all contestants by turns, so that a slow minute of the machine meets them all. */
export async function measure(
  contestants: readonly Contestant[],
  rounds: number,
  calls: number,
): Promise<Measurement[]> {
  const servers = await Promise.all(contestants.map(startServer));
  const samples = contestants.map((): number[] => []);
  for (const [index, contestant] of contestants.entries()) await contestant.load(servers[index]?.port ?? 0, calls);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contestant] of contestants.entries()) {
      const server = servers[index];
      if (server === undefined) continue;
      const before = await server.cpu();
      await contestant.load(server.port, calls);
      samples[index]?.push(((await server.cpu()) - before) / calls);
    }
  }
  for (const server of servers) server.stop();
  return contestants.map(({ name }, index) => {
    const sorted = (samples[index] ?? []).toSorted((a, b) => a - b);
    return { name, median: sorted[Math.floor(sorted.length / 2)] ?? 0, smallest: sorted[0] ?? 0 };
  });
}

interface BenchServer {
  readonly port: number;
  cpu(): Promise<number>;
  stop(): void;
}

async function startServer({ server, args = [] }: Contestant): Promise<BenchServer> {
  const flags = ["--conditions=trivium-source", "--disable-warning=ExperimentalWarning"];
  const child: ChildProcess = spawn(process.execPath, [...flags, server.pathname, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, NODE_ENV: "production" },
  });
  if (child.stdout === null) throw new Error("the server has no output");
  const lines = createInterface({ input: child.stdout });
  const next = async (): Promise<string> => String((await once(lines, "line"))[0]);
  const port = Number(await next());
  return {
    port,
    async cpu() {
      const line = next();
      child.stdin?.write("\n");
      return Number(await line);
    },
    stop: () => child.kill("SIGKILL"),
  };
}

/** For a server module: tells its port, then its CPU whenever it is asked. */
export function report(port: number): void {
  process.stdout.write(`${port}\n`);
  process.stdin.on("data", () => {
    const { user, system } = process.cpuUsage();
    process.stdout.write(`${user + system}\n`);
  });
  // Whoever measures is gone.
  process.stdin.on("end", () => process.exit());
}

/** A table of measurements, each beside the one that it is compared with. */
export function table(measurements: readonly Measurement[], base: string): string {
  const reference = measurements.find(({ name }) => name === base)?.median ?? 1;
  return measurements
    .map(({ name, median, smallest }) => {
      const figures = [median.toFixed(1), smallest.toFixed(1), (median / reference).toFixed(2)];
      return `| ${name} | ${figures.join(" | ")} |`;
    })
    .join("\n");
}

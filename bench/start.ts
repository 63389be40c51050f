// From nothing to the first answer, the memory of a process that waits, and what the compiler takes.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { createChannel, signUp } from "../test/kit/chat-client.ts";
import { type ChatPlace, freshPlace, startChat } from "../test/kit/chat-server.ts";
import { httpLoad } from "./load.ts";

const root = resolve(import.meta.dirname, "..");

/** Seconds and mebibytes. */
interface StartFigures {
  readonly fresh: number;
  readonly withData: number;
  readonly idleMemory: number;
  readonly memoryAfterCalls: number;
  readonly compile: number;
}

/** Measures and prints the table. */
export async function printStart(rounds: number): Promise<void> {
  const start = await measureStart(rounds);
  const row = (what: string, figure: number, unit: string): string => `| ${what} | ${figure.toFixed(2)} ${unit} |`;
  console.log(`The reference service on the embedded database, median of ${rounds}

| | |
| --- | --- |
${row("start to first answer, fresh data folder", start.fresh, "s")}
${row("start to first answer, with data", start.withData, "s")}
${row("resident memory after start", start.idleMemory, "MiB")}
${row("resident memory after 10,000 calls", start.memoryAfterCalls, "MiB")}
${row("tsc on the reference service", start.compile, "s")}`);
}

/** Measures the reference service on the embedded database: the median of the rounds. */
async function measureStart(rounds: number): Promise<StartFigures> {
  const samples: Omit<StartFigures, "compile">[] = [];
  for (let round = 0; round < rounds; round++) {
    const place = await freshPlace();
    const fresh = await firstAnswer(place);
    await fresh.stop();
    const again = await firstAnswer(place);
    const idleMemory = await memoryOf(again.pid);
    const { token } = await signUp(again.http, "bench");
    const channel = await createChannel(again.http, token, "bench");
    await httpLoad(Number(new URL(again.http).port), 10_000, token, `/v1/channels/${channel}`);
    samples.push({
      fresh: fresh.seconds,
      withData: again.seconds,
      idleMemory,
      memoryAfterCalls: await memoryOf(again.pid),
    });
    await again.stop();
    await place.remove();
  }
  const median = (read: (sample: Omit<StartFigures, "compile">) => number): number =>
    samples.map(read).toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
  return {
    fresh: median(({ fresh }) => fresh),
    withData: median(({ withData }) => withData),
    idleMemory: median((sample) => sample.idleMemory),
    memoryAfterCalls: median((sample) => sample.memoryAfterCalls),
    compile: await compileReference(),
  };
}

/** Starts a process and asks it once; the time runs from before the process to after the answer. */
async function firstAnswer(place: ChatPlace) {
  const begun = performance.now();
  const server = await startChat(place);
  const answer = await fetch(`${server.http}/openapi.json`);
  await answer.arrayBuffer();
  return { ...server, seconds: (performance.now() - begun) / 1000 };
}

/** Resident memory of a process in MiB, as Linux tells it. */
async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

/** Seconds that `tsc` takes for the reference service alone. */
async function compileReference(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "trivium-tsc-"));
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { typeRoots: [join(root, "node_modules/@types")] },
    include: [join(root, "reference")],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  const begun = performance.now();
  await promisify(execFile)(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], {
    cwd: root,
  });
  await rm(folder, { recursive: true });
  return (performance.now() - begun) / 1000;
}

// Where a server's CPU goes for one kind of call: self time by function, and by part of the program.

import type { Profiler } from "node:inspector";
import { relative, resolve } from "node:path";
import { contestantPlans } from "./contestants.ts";
import { type Amount, type CallKind, callKinds, load } from "./load.ts";
import { withContestants } from "./services.ts";

const root = resolve(import.meta.dirname, "../..");
const shown = 40;

/** Profiles the contestant whose name is given under one kind of call, and prints the table. */
export async function profileServices(kind: string, amount: Amount, name: string): Promise<void> {
  const plan = contestantPlans.find((each) => each.name === name);
  const known = callKinds.find((each) => each === kind);
  if (plan === undefined || known === undefined) {
    const names = contestantPlans.map((each) => each.name).join(" | ");
    throw new Error(`profile wants ${callKinds.join(" | ")}, and one of: ${names}`);
  }
  await withContestants([plan], async ([contestant]) => {
    if (contestant === undefined) return;
    const { server, target } = contestant;
    await load(target, known, amount); // the compiler is done with the hot functions
    await server.startProfile();
    const before = await server.cpu();
    await load(target, known, amount);
    const cpu = ((await server.cpu()) - before) / amount.calls;
    printProfile(await server.endProfile(), { kind: known, name, calls: amount.calls, cpu });
  });
}

interface Run {
  readonly kind: CallKind;
  readonly name: string;
  readonly calls: number;
  readonly cpu: number;
}

function printProfile(profile: Profiler.Profile, { kind, name, calls, cpu }: Run): void {
  const functions = new Map<string, number>();
  const parts = new Map<string, number>();
  let sampled = 0;
  const nodes = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  for (const [index, id] of (profile.samples ?? []).entries()) {
    const frame = nodes.get(id);
    if (frame === undefined || frame.functionName === "(idle)") continue;
    const micros = (profile.timeDeltas?.[index] ?? 0) / calls;
    sampled += micros;
    const place = placeOf(frame.url);
    const self = `${frame.functionName || "(anonymous)"}  ${place}${place === "" ? "" : `:${frame.lineNumber + 1}`}`;
    functions.set(self, (functions.get(self) ?? 0) + micros);
    const part = partOf(place, frame.functionName);
    parts.set(part, (parts.get(part) ?? 0) + micros);
  }
  console.log(`${name}, ${kind}: ${cpu.toFixed(0)} µs of CPU per call while profiled. Self time by the clock, µs per call, in all
${sampled.toFixed(0)}: what is more than the CPU was waited for, nearly all of it in writes to sockets, whose readers are woken.\n`);
  print(parts, 20);
  console.log();
  print(functions, shown);
}

function print(times: ReadonlyMap<string, number>, most: number): void {
  const sorted = [...times].toSorted(([, a], [, b]) => b - a).slice(0, most);
  for (const [what, micros] of sorted) console.log(`${micros.toFixed(2).padStart(8)}  ${what}`);
}

function placeOf(url: string): string {
  return url.startsWith("file:") ? relative(root, new URL(url).pathname) : url;
}

/** A folder of the sources, a package, or Node's own part. */
function partOf(place: string, functionName: string): string {
  if (place === "") return functionName.startsWith("(") ? functionName : "(built in)";
  const packaged = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(place)?.[1];
  if (packaged !== undefined) return packaged;
  if (place.startsWith("node:")) return place.split("/").slice(0, 2).join("/");
  return place.split("/").slice(0, 3).join("/");
}

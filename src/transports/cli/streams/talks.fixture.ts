// A small app of streams for the tests of this folder: one of each kind, which fail where they are told to.

import { errorFromFailure } from "../../../contract/failure.ts";
import { bidiStream, clientStream, failure, serverStream, service, z } from "../../../contract/index.ts";
import { createRegistry } from "../../../contract/registry.ts";
import type { Service } from "../../../contract/service.ts";
import { sleep } from "../../../core/async.ts";
import type { Call, Caller } from "../../../pipeline/call.ts";
import { createFixtureCaller, type ProgramRun, type RunOptions, runFixture } from "../fixture/program.fixture.ts";

const Broken = failure("BROKEN", { code: "FAILED_PRECONDITION", message: "It broke" });

const talks = service(
  "talks",
  { version: 1, summary: "Streams of every kind" },
  {
    count: serverStream({
      summary: "Count",
      http: "GET /count",
      input: { to: z.int(), failAt: z.int().optional(), after: z.string().optional() },
      output: z.object({ n: z.int(), cursor: z.string(), note: z.string().optional() }),
      access: "public",
      failures: [Broken],
      deprecated: { since: "2026-01-01" },
    }),
    watch: serverStream({
      summary: "Watch for ever",
      http: "GET /watch",
      output: z.object({ n: z.int() }),
      access: "user",
    }),
    sum: clientStream({
      summary: "Add up",
      http: "POST /sum/{name}",
      open: { name: z.string() },
      item: { n: z.int().min(0).max(100), why: z.string().optional(), parts: z.array(z.int()).optional() },
      output: z.object({ sum: z.int(), bad: z.array(z.string()) }),
      access: "public",
    }),
    echo: bidiStream({
      summary: "Echo",
      http: "GET /echo",
      open: { greeting: z.string().optional() },
      item: { text: z.string().min(1) },
      output: z.object({ text: z.string() }),
      access: "public",
      failures: [Broken],
    }),
  },
);

/** The operations of the fixture. */
export const registry = createRegistry("talk-show", [talks as unknown as Service]); // operations are not covariant in their kind

const send = (call: Call, answer: unknown): void | Promise<void> => call.send?.(answer);

const handlers: Record<string, (input: never, call: Call) => Promise<unknown>> = {
  async count({ to, failAt }: { to: number; failAt?: number }, call) {
    for (let n = 1; n <= to; n++) {
      if (n === failAt) throw errorFromFailure(Broken, {});
      await send(call, { n, cursor: `c ${n}`, ...(n === 2 ? { note: "a\u001b[2Jb c" } : {}) });
    }
  },
  async watch(_, call) {
    for (let n = 1; ; n++) {
      await send(call, { n });
      await sleep(10, call.signal);
    }
  },
  async sum(_, { items }) {
    let sum = 0;
    const bad: string[] = [];
    for await (const item of items?.settled() ?? []) {
      if (item.ok) sum += (item.value as { n: number }).n;
      else bad.push(`${item.index}: ${item.error.message}`);
    }
    return { sum, bad };
  },
  async echo({ greeting }: { greeting?: string }, call) {
    if (greeting !== undefined) await send(call, { text: greeting });
    for await (const item of call.items ?? []) {
      const { text } = item as { text: string };
      if (text === "bye") return;
      if (text === "break") throw errorFromFailure(Broken, {});
      await send(call, { text });
    }
  },
};

/** A pipeline over the fixture; `called` hears of every call that begins. */
export function createTalksCaller(called: (call: Call) => void = () => undefined): Caller {
  return createFixtureCaller(registry, async (call) => {
    called(call);
    return handlers[call.operation.name]?.(call.input as never, call);
  });
}

/** Runs the fixture's program once, on strings. */
export function runTalks(args: readonly string[], options: RunOptions = {}): Promise<ProgramRun> {
  return runFixture({ registry, createCaller: createTalksCaller }, args, options);
}

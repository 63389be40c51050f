import assert from "node:assert/strict";
import test from "node:test";
import { setImmediate as tick } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { appError } from "../../../core/catalogue.ts";
import type { Call } from "../../../pipeline/call.ts";
import { kinds, type Opened, openings, openStreams, ordinary } from "./streams.fixture.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

async function heap(): Promise<number> {
  for (let round = 0; round < 5; round++) {
    await tick();
    collect();
  }
  return process.memoryUsage().heapUsed;
}

type Kind = (typeof kinds)[number];

/** Streams that end well, fail, or are refused for their credential or their input. */
const endings = {
  well: (opened, kind) => begin(opened, kind, {}).close().ended,
  failing: (opened, kind) => begin(opened, kind, { "x-request-id": "fail" }).close().ended,
  unknown: (opened, kind) => begin(opened, kind, { authorization: "Bearer bad" }).close().ended,
  malformed: (opened, kind) =>
    opened
      .talk(kind)
      .send(Buffer.from([0xff]))
      .close().ended,
} satisfies Record<string, (opened: Opened, kind: Kind) => Promise<unknown>>;

/** Streams that the client resets: cancelled, or past their deadline. */
const resets = {
  async cancelled(opened, kind) {
    const talk = begin(opened, kind, { "x-request-id": "hang" });
    if (kind === "count") talk.close();
    await talk.metadata;
    talk.cancel();
    return talk.ended;
  },
  late(opened, kind) {
    const talk = opened.talk(kind, { "x-request-id": "hang" }, { deadline: Date.now() + 50 }).send(openings[kind]);
    if (kind === "count") talk.close();
    return talk.ended;
  },
} satisfies Record<string, (opened: Opened, kind: Kind) => Promise<unknown>>;

function begin(opened: Opened, kind: Kind, metadata: Record<string, string>) {
  const talk = opened.talk(kind, metadata).send(openings[kind]);
  return kind === "count" ? talk : talk.send({ item: { n: 1 } }, { item: { n: 2 } });
}

const handlers = Object.fromEntries(
  kinds.map((kind) => [
    kind,
    async (call: Call) => {
      if (call.id === "fail") throw appError("ACCESS_DENIED");
      if (call.id !== "hang") return ordinary[kind]?.(call);
      return new Promise((_, reject) => {
        call.signal.addEventListener("abort", () => reject(call.signal.reason));
      });
    },
  ]),
);

test("after thousands of streams of every kind with every ending nothing is left of them", async () => {
  await using opened = await openStreams({ handlers });
  const round = (of: typeof endings | typeof resets): Promise<unknown>[] =>
    kinds.flatMap((kind) => Object.values(of).map((end) => end(opened, kind)));
  const rounds = async (count: number): Promise<void> => {
    // Few of them are reset: HTTP/2 servers close a connection with a thousand resets within seconds (CVE-2023-44487).
    for (let done = 0; done < count; done += 5) {
      await Promise.all([resets, endings, endings, endings, endings, endings].flatMap(round));
    }
    opened.ended.length = 0;
    (opened.messages as string[]).length = 0; // what the bench itself keeps
  };
  await rounds(60);
  const before = await heap();
  const timersBefore = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  await rounds(150);
  const grown = (await heap()) - before;
  assert.ok(grown < 1_000_000, `${150 * 12 + 30 * 6} streams left ${grown} bytes`);
  const timers = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  assert.ok(timers <= timersBefore + 5, `${timers} timers, ${timersBefore} before`);
});

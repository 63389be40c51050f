import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../core/async.ts";
import { createMemoryStore } from "../store/memory-store.ts";
import { type Store, StoreUnavailable } from "../store/store.ts";
import { UnitFences } from "./unit-fences.ts";

/** A store that does what it is asked, and while it is away gives no answer; `isReachable` false: is not even asked. */
function storeAway() {
  const memory = createMemoryStore();
  const link = { isAway: true, isReachable: true, asked: 0 };
  const answered = async (work: () => void): Promise<void> => {
    if (!link.isReachable) throw new StoreUnavailable("not asked");
    link.asked++;
    work();
    if (link.isAway) throw new StoreUnavailable("no answer");
  };
  const store = {
    ask: memory.ask.bind(memory),
    fill: memory.fill.bind(memory),
    get isReachable() {
      return link.isReachable;
    },
    fence: (token: string, tags: readonly string[]) => answered(() => memory.fence(token, tags)),
    unfence: (token: string, tags: readonly string[]) =>
      answered(() => (link.isAway ? undefined : memory.unfence(token, tags))),
  } as Partial<Store> as Store; // all that fences use
  return { link, memory, store };
}

/** Whether an answer that depends on the row would be kept now. */
function isKept(memory: ReturnType<typeof createMemoryStore>): boolean {
  const { entry } = memory.ask({ limits: [], entry: "e" });
  assert.ok(entry !== undefined && "lease" in entry);
  return memory.fill({ key: "e", lease: entry.lease, tags: ["row"], body: Buffer.from("x"), ttl: 1_000 });
}

test("a fence that was set without an answer is taken away after the rollback, as soon as the store is back", async () => {
  const { link, memory, store } = storeAway();
  const fences = new UnitFences(store);
  fences.touch(["row"]);
  await assert.rejects(fences.acknowledged(), { reason: "STORE_UNAVAILABLE" });
  fences.abandon();
  await sleep(20);
  assert.equal(isKept(memory), false);
  link.isReachable = false;
  await sleep(20);
  [link.isReachable, link.isAway] = [true, false];
  const end = Date.now() + 5_000;
  while (!isKept(memory)) {
    assert.ok(Date.now() < end, "the fence still stands");
    await sleep(10);
  }
});

test("where the store was known to be away no fence was sent, and none is taken away", async () => {
  const { link, store } = storeAway();
  link.isReachable = false;
  const fences = new UnitFences(store);
  fences.touch(["row"]);
  await assert.rejects(fences.acknowledged(), { reason: "STORE_UNAVAILABLE" });
  link.isReachable = true;
  fences.abandon();
  await sleep(20);
  assert.equal(link.asked, 0);
});

test("fences of an unknown outcome stay", async () => {
  const { link, memory, store } = storeAway();
  link.isAway = false;
  const fences = new UnitFences(store);
  fences.touch(["row"]);
  await fences.acknowledged();
  fences.leave();
  fences.abandon();
  await sleep(20);
  assert.equal(isKept(memory), false);
});

// Who does not read holds the other side up, on every road: nothing is heaped up in between.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../core/async.ts";
import { clientOver, counts, roads, serveThings } from "./client.fixture.ts";

/** Resolves when a number has not changed for a while. */
async function settled(read: () => number): Promise<number> {
  for (let before = -1; ; ) {
    const now = read();
    if (now === before && now > 0) return now;
    before = now;
    await sleep(100);
  }
}

for (const road of roads) {
  test(`${road}: answers that nobody asks for are not made`, async (t) => {
    const served = await serveThings(t);
    const client = clientOver(t, road, served);
    const answers = client.count({ to: 1_000_000_000 })[Symbol.asyncIterator]();
    await answers.next();
    const [call] = served.calls;
    assert.ok(call !== undefined);
    const ahead = await settled(() => counts.get(call) ?? 0);
    assert.ok(ahead < 1_000_000, `${ahead} answers ahead`);
    await answers.return?.();
  });

  test(`${road}: items that the server does not read are not taken`, async (t) => {
    const client = clientOver(t, road, await serveThings(t));
    let taken = 0;
    async function* items() {
      for (;;) {
        taken++;
        yield { text: "x".repeat(64 * 1024) };
      }
    }
    const answers = client.echo({ greeting: "stall" }, items())[Symbol.asyncIterator]();
    assert.equal((await answers.next()).value?.text, "stall");
    const ahead = await settled(() => taken);
    assert.ok(ahead < 500, `${ahead} items of 64 KiB taken`);
    await answers.return?.();
  });
}

// The contract of locks and wakeups: what processes tell each other.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { eventually, type SuiteTests } from "./harness.ts";
import { ofKind } from "./transactions-suite.ts";

/** Defines the tests of locks and wakeups. */
export function signalsSuite(tests: SuiteTests): void {
  locksSuite(tests);
  wakeupsSuite(tests);
}

function locksSuite(tests: SuiteTests): void {
  tests.always("a lock has one holder, and is free after its release", async ({ database }) => {
    const name = randomUUID();
    const lock = await database.locks.tryAcquire(name);
    assert.ok(lock);
    assert.equal(lock.lost.aborted, false);
    assert.equal(await database.locks.tryAcquire(name), undefined);
    const other = await database.locks.tryAcquire(randomUUID());
    assert.ok(other);
    await lock.release();
    assert.equal(lock.lost.aborted, true);
    assert.equal(other.lost.aborted, false);
    const again = await database.locks.tryAcquire(name);
    assert.ok(again);
    await lock.release();
    assert.equal(
      await database.locks.tryAcquire(name),
      undefined,
      "a second release of the old lock freed the new one",
    );
  });

  tests.always("many who try at once get one lock between them", async ({ database }) => {
    const name = randomUUID();
    const locks = await Promise.all(Array.from({ length: 20 }, () => database.locks.tryAcquire(name)));
    assert.equal(locks.filter((lock) => lock !== undefined).length, 1);
  });

  tests.always("acquiring waits for the release", async ({ database }) => {
    const name = randomUUID();
    const held = await database.locks.acquire(name);
    let got = false;
    const waiting = database.locks.acquire(name).then((lock) => {
      got = true;
      return lock;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(got, false);
    await held.release();
    await (await waiting).release();
  });

  tests.always("acquiring gives up at the deadline and on an abort", async ({ database }) => {
    const name = randomUUID();
    const held = await database.locks.acquire(name);
    await assert.rejects(database.locks.acquire(name, { deadline: Date.now() + 20 }), ofKind("cancelled"));
    const aborted = new AbortController();
    const waiting = assert.rejects(database.locks.acquire(name, { signal: aborted.signal }), ofKind("cancelled"));
    aborted.abort();
    await waiting;
    await held.release();
    await (await database.locks.acquire(name)).release();
  });

  tests.always(
    "closing the database loses its locks",
    async ({ database }) => {
      const lock = await database.locks.acquire(randomUUID());
      await database.close();
      await eventually(() => lock.lost.aborted);
    },
    {},
  );

  tests.needs("shared", "another process gets a lock only when its holder is gone", async ({ database }) => {
    const name = randomUUID();
    const other = await tests.harness.open();
    try {
      assert.ok(await other.locks.tryAcquire(name));
      assert.equal(await database.locks.tryAcquire(name), undefined);
    } finally {
      await other.close();
    }
    await (await database.locks.acquire(name, { deadline: Date.now() + 5_000 })).release();
  });
}

function wakeupsSuite(tests: SuiteTests): void {
  tests.always("a hint is heard by those who listen to its channel, until they stop", async ({ database }) => {
    const heard: string[] = [];
    const stop = database.wakeups.listen("a", () => heard.push("a1"));
    database.wakeups.listen("a", () => heard.push("a2"));
    database.wakeups.listen("b", () => heard.push("b"));
    database.wakeups.notify("a");
    await eventually(() => heard.includes("a1") && heard.includes("a2"));
    assert.ok(!heard.includes("b"));
    stop();
    heard.length = 0;
    database.wakeups.notify("a");
    await eventually(() => heard.includes("a2"));
    assert.ok(!heard.includes("a1"));
  });

  tests.always("many hints at once become few", async ({ database }) => {
    let heard = 0;
    let last = false;
    database.wakeups.listen("busy", () => heard++);
    database.wakeups.listen("last", () => {
      last = true;
    });
    for (let hint = 0; hint < 1_000; hint++) database.wakeups.notify("busy");
    database.wakeups.notify("last");
    await eventually(() => last);
    assert.ok(heard >= 1 && heard <= 2, `heard ${heard} times`);
  });

  tests.needs("shared", "hints reach other processes, with any channel's name", async ({ database }) => {
    const other = await tests.harness.open();
    const channel = `it's "a" channel ${randomUUID()}`;
    try {
      let heard = 0;
      other.wakeups.listen(channel, () => heard++);
      // Listening begins when the other's connection is up; until then hints are lost, as they may be.
      await eventually(() => {
        database.wakeups.notify(channel);
        return heard > 0;
      });
    } finally {
      await other.close();
    }
  });
}

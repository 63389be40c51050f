// What is tried again and what is not, on every road, over connections that are cut.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../core/app-error.ts";
import { sleep } from "../core/async.ts";
import { appError, type CatalogueReason } from "../core/catalogue.ts";
import { all, clientOver, cuttable, errorOf, roads, serveThings } from "./client.fixture.ts";

const unavailable = (retryAfter?: number): AppError =>
  new AppError({ code: "UNAVAILABLE", reason: "BUSY", message: "Busy", retryAfter });
const known = (reason: CatalogueReason): AppError => appError(reason);

for (const road of roads) {
  test(`${road}: a query is tried again when it was UNAVAILABLE, so often and no more`, async (t) => {
    const served = await serveThings(t);
    const client = clientOver(t, road, served);
    served.failures.push(unavailable(), unavailable());
    assert.equal((await client.get({ id: "a" })).id, "a");
    assert.equal(served.calls.length, 3);
    served.failures.push(...Array.from({ length: 9 }, () => unavailable()));
    assert.equal((await errorOf(client.get({ id: "a" }))).reason, "BUSY");
    assert.equal(served.calls.length, 3 + 4);
    assert.equal((await errorOf(client.get({ id: "a" }, { retries: 0 }))).reason, "BUSY");
    assert.equal(served.calls.length, 3 + 4 + 1);
  });

  test(`${road}: other errors are not tried again`, async (t) => {
    const served = await serveThings(t);
    const client = clientOver(t, road, served);
    for (const error of [known("INTERNAL"), known("RATE_LIMITED"), known("TRANSACTION_CONFLICT")]) {
      served.failures.push(error);
      assert.equal((await errorOf(client.get({ id: "a" }))).reason, error.reason);
    }
    assert.equal(served.calls.length, 3);
  });

  test(`${road}: the next attempt waits as long as the server asks, and not beyond the deadline`, async (t) => {
    const served = await serveThings(t);
    const client = clientOver(t, road, served);
    served.failures.push(unavailable(0.3));
    const begun = Date.now();
    await client.get({ id: "a" });
    assert.ok(Date.now() - begun >= 300);
    served.failures.push(unavailable(10));
    assert.equal((await errorOf(client.get({ id: "a" }, { timeout: 2000 }))).reason, "BUSY");
    assert.ok(Date.now() - begun < 2000, "it does not wait for what cannot come in time");
    served.failures.push(unavailable(10));
    const gone = new AbortController();
    setTimeout(() => gone.abort(), 20);
    assert.equal((await errorOf(client.get({ id: "a" }, { signal: gone.signal }))).reason, "CANCELLED");
  });

  test(`${road}: a command is tried again under one key, and not without one`, async (t) => {
    const served = await serveThings(t);
    const client = clientOver(t, road, served);
    served.failures.push(unavailable(), known("IDEMPOTENCY_IN_PROGRESS"), known("OUTCOME_UNKNOWN"));
    assert.equal((await client.make({ size: 4 })).size, 4);
    assert.equal(served.calls.length, 4);
    assert.equal(new Set(served.calls.map(({ idempotencyKey }) => idempotencyKey)).size, 1);
    const nobody = clientOver(t, road, served, { token: undefined });
    served.failures.push(unavailable());
    assert.equal((await errorOf(nobody.ping())).reason, "BUSY");
    assert.equal(served.calls.length, 5);
  });

  test(`${road}: where nobody listens the server is UNREACHABLE`, async (t) => {
    const nowhere = { url: "http://127.0.0.1:1", grpc: "127.0.0.1:1" };
    const client = clientOver(t, road, nowhere, { retries: 1 });
    for (const call of [
      () => client.get({ id: "a" }),
      () => all(client.count({ to: 1 })),
      () => client.sum({ name: "x" }, [{ n: 1 }]),
      () => all(client.echo({}, [])),
    ]) {
      const error = await errorOf(call());
      assert.equal(error.reason, "UNREACHABLE");
      assert.match(error.message, /^The server at \S+:1 cannot be reached$/);
    }
  });

  test(`${road}: a connection that is cut amid a call ends it, or begins it anew where that is safe`, async (t) => {
    const served = await serveThings(t);
    const way = await cuttable(t, served);
    const client = clientOver(t, road, way);
    const gone = new AbortController();
    const waiting = errorOf(client.wait({}, { signal: gone.signal }));
    for (let calls = 1; calls <= 3; calls++) {
      while (served.calls.length < calls) await sleep(5);
      way.cut();
    }
    while (served.calls.length < 4) await sleep(5);
    gone.abort();
    assert.equal((await waiting).reason, "CANCELLED");
  });

  test(`${road}: a stream that is cut off goes on behind its last answer: no gap, no repeat`, async (t) => {
    const served = await serveThings(t);
    const way = await cuttable(t, served);
    const client = clientOver(t, road, way, { retries: 2 });
    const to = 30_000;
    let last = 0;
    for await (const { n } of client.count({ to })) {
      assert.equal(n, last + 1);
      last = n;
      if (n % 3_000 === 0) way.cut();
    }
    assert.equal(last, to);
    assert.ok(served.calls.length > 4, `${served.calls.length} calls`);
  });

  test(`${road}: a stream that must not be resumed, or cannot, ends as UNREACHABLE, never as if it were whole`, async (t) => {
    const served = await serveThings(t);
    const way = await cuttable(t, served);
    const client = clientOver(t, road, way);
    async function untilCut(answers: AsyncIterable<{ n: number }>, at: number): Promise<void> {
      for await (const { n } of answers) if (n === at) way.cut();
    }
    assert.equal((await errorOf(untilCut(client.count({ to: 30_000 }, { resume: false }), 10))).reason, "UNREACHABLE");
    assert.equal((await errorOf(untilCut(client.watch(), 2))).reason, "UNREACHABLE");
    async function* items() {
      yield { n: 1 };
      while (served.calls.length < 3) await sleep(5);
      way.cut();
      await sleep(60_000, undefined, true);
    }
    assert.equal((await errorOf(client.sum({ name: "x" }, items()))).reason, "UNREACHABLE");
    async function* texts() {
      yield { text: "a" };
      await sleep(60_000, undefined, true);
    }
    const talk = async (): Promise<void> => {
      for await (const _ of client.echo({}, texts())) way.cut();
    };
    assert.equal((await errorOf(talk())).reason, "UNREACHABLE");
    assert.equal(served.calls.length, 4);
  });

  test(`${road}: a stream that was refused before its first answer is opened again`, async (t) => {
    const served = await serveThings(t);
    const client = clientOver(t, road, served);
    served.failures.push(unavailable());
    assert.equal((await all(client.count({ to: 3 }))).length, 3);
    assert.equal(served.calls.length, 2);
  });

  test(`${road}: a reader who was too slow goes on where he was`, async (t) => {
    const served = await serveThings(t);
    const client = clientOver(t, road, served);
    const seen: number[] = [];
    for await (const { n } of client.count({ to: 4, slowAt: 3 })) seen.push(n);
    assert.deepEqual(seen, [1, 2, 3, 4]);
    assert.equal(served.calls.length, 2);
  });
}

// Idempotency keys are one thing on all roads: the same answers, marks and refusals, and one effect over all of them.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { z } from "zod";
import { createPostgresDatabase } from "../../src/adapters/postgres/index.ts";
import { command } from "../../src/contract/kinds/command.ts";
import { query } from "../../src/contract/kinds/query.ts";
import type { Operation } from "../../src/contract/operation.ts";
import { sensitive } from "../../src/contract/schema.ts";
import { service } from "../../src/contract/service.ts";
import { migrateUp } from "../../src/database/migrations/migrate.ts";
import { sql } from "../../src/database/statement.ts";
import { implement } from "../../src/service/implement.ts";
import { createPurseBench, purses } from "../../src/service/service.fixture.ts";
import { startPostgres } from "../../src/testing/postgres/start-postgres.ts";
import { openRoads, type Roads, type Seen } from "./roads.ts";

const Done = z.object({ count: z.int() });
const keyed = service(
  "keyed",
  { version: 1 },
  {
    may: command({ summary: "May", http: "POST /may", input: { note: z.string() }, output: Done, access: "user" }),
    must: command({ summary: "Must", http: "POST /must", output: Done, access: "user", idempotency: "required" }),
    never: command({ summary: "Never", http: "POST /never", output: Done, access: "user", idempotency: "none" }),
    secret: command({
      summary: "Secret",
      http: "POST /secret",
      output: z.object({ inside: z.object({ token: sensitive(z.string()) }) }),
      access: "user",
    }),
    anybody: command({ summary: "Anybody", http: "POST /anybody", output: Done, access: "public" }),
    silent: command({ summary: "Silent", http: "POST /silent", access: "user" }),
    read: query({ summary: "Read", http: "GET /read", output: Done, access: "user" }),
  },
);
let count = 0;
const done = async () => ({ count: ++count });

const server = await startPostgres();
const home = await server.createDatabase();
const database = await createPostgresDatabase({ url: home.url, max: 25 });
await migrateUp(database, undefined);
const bench = await createPurseBench(
  database,
  {},
  [],
  [
    implement(keyed, {
      may: done,
      must: done,
      never: done,
      secret: async () => ({ inside: { token: "t" } }),
      anybody: done,
      silent: async () => void (await done()),
      read: done,
    }),
  ],
);
const roads = await openRoads(bench.app, bench.runtime.pipeline);
after(async () => {
  await roads.close();
  await database.close();
  await home.drop();
  await server.stop();
});

type RoadName = Exclude<keyof Roads, "close" | "url">;
const names: readonly RoadName[] = ["http", "grpc", "cli"];
let made = 0;
const freshKey = () => `key-${++made}`;

async function send(road: RoadName, contract: Operation, input: object, token?: string, key?: string): Promise<Seen> {
  const operation = bench.app.registry.operations.find((each) => each.contract === contract);
  assert.ok(operation);
  return (await roads[road](operation, { ...input }, token, key)) ?? assert.fail("the road cannot carry it");
}

async function outcomes(contract: Operation, input: object, token?: string, key?: string): Promise<unknown[]> {
  return Promise.all(names.map(async (road) => outcomeOf(await send(road, contract, input, token, key))));
}

const outcomeOf = ({ value, code, reason, replayed, violations }: Seen) =>
  reason === undefined ? { value, replayed } : { code, reason, violations };
const same = <T>(one: T): T[] => [one, one, one];
const refused = (reason: string) => same({ code: "INVALID_ARGUMENT", reason, violations: undefined });

for (const first of names) {
  test(`what was done over ${first} is answered again over every road, and marked`, async () => {
    const key = freshKey();
    const answer = await send(first, keyed.may, { note: "x" }, "ann", key);
    assert.deepEqual(outcomeOf(answer), { value: { count }, replayed: undefined });
    assert.deepEqual(await outcomes(keyed.may, { note: "x" }, "ann", key), same({ value: { count }, replayed: true }));
    assert.deepEqual(await outcomes(keyed.may, { note: "y" }, "ann", key), refused("IDEMPOTENCY_KEY_REUSED"));
    assert.equal(outcomeOf(await send(first, keyed.may, { note: "x" }, "bob", key)).replayed, undefined);
  });
}

test("an operation without output is answered again without one", async () => {
  const key = freshKey();
  const before = count;
  await send("http", keyed.silent, {}, "ann", key);
  assert.deepEqual(await outcomes(keyed.silent, {}, "ann", key), same({ value: undefined, replayed: true }));
  assert.equal(count, before + 1);
});

test("a key that is no key is refused as an invalid input, naming it", async () => {
  for (const key of ["", "a b", "k".repeat(256), '"', '""', '"a', '"a"b"', '"a\\b"', "é"]) {
    for (const road of names) {
      // gRPC's own metadata rules keep such text from being sent.
      if (road === "grpc" && key === "é") continue;
      const seen = await send(road, keyed.may, { note: "x" }, "ann", key);
      assert.deepEqual([seen.reason, seen.violations], ["VALIDATION_FAILED", ["idempotency-key invalid_format"]], key);
    }
  }
});

test("the plain and the quoted form name one key, on every road", async () => {
  const key = `a"b\\c-${freshKey()}`;
  await send("http", keyed.may, { note: "x" }, "ann", key);
  const quoted = JSON.stringify(key);
  assert.deepEqual(await outcomes(keyed.may, { note: "x" }, "ann", quoted), same({ value: { count }, replayed: true }));
});

test("a key is refused where none is taken, never passed over", async () => {
  assert.deepEqual(await outcomes(keyed.never, {}, "ann", freshKey()), refused("IDEMPOTENCY_KEY_NOT_TAKEN"));
  assert.deepEqual(await outcomes(keyed.secret, {}, "ann", freshKey()), refused("IDEMPOTENCY_KEY_NOT_TAKEN"));
  assert.deepEqual(await outcomes(keyed.anybody, {}, undefined, freshKey()), refused("IDEMPOTENCY_KEY_NOT_TAKEN"));
  const key = freshKey();
  const first = await send("grpc", keyed.anybody, {}, "ann", key);
  assert.deepEqual(await outcomes(keyed.anybody, {}, "ann", key), same({ value: first.value, replayed: true }));
});

test("a key that is required and missing is refused", async () => {
  assert.deepEqual(await outcomes(keyed.must, {}, "ann"), refused("IDEMPOTENCY_KEY_REQUIRED"));
  assert.equal((await send("cli", keyed.must, {}, "ann", freshKey())).reason, undefined);
});

test("a query passes over whatever key it is given", async () => {
  const key = freshKey();
  const before = count;
  for (const road of names) assert.equal((await send(road, keyed.read, {}, "ann", key)).reason, undefined);
  assert.equal((await send("http", keyed.read, {}, "ann", "not a key")).reason, undefined);
  assert.equal(count, before + 4);
});

for (const operation of [purses.change, purses.strict]) {
  const { isolation } = operation;

  test(`100 concurrent calls with one key over mixed roads, ${isolation}: one effect, and one answer for all`, async () => {
    const id = `purse-${isolation}`;
    const key = freshKey();
    await bench.call(purses.open, { id, by: 0 });
    let refusals = 0;
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        for (;;) {
          const seen = await send(names[index % 3] ?? "http", operation, { id, by: 5 }, "ann", key);
          if (seen.reason === undefined) return seen;
          assert.equal(`${seen.code} ${seen.reason}`, "ABORTED IDEMPOTENCY_IN_PROGRESS");
          refusals++;
        }
      }),
    );
    assert.equal(answers.filter(({ replayed }) => replayed === undefined).length, 1, `${refusals} refusals`);
    for (const { value } of answers) assert.deepEqual(value, { id, coins: 5, version: 2 });
    const { rows } = await database.query(
      sql`select coins, version, (select count(*) from trivium.outbox where key = ${id}) as events
          from purses where id = ${id}`,
    );
    assert.deepEqual(rows, [{ coins: 5, version: 2, events: 2 }]);
  });
}

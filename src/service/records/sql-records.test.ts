import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createPostgresDatabase } from "../../adapters/postgres/index.ts";
import { uuidv7 } from "../../core/ids.ts";
import { migrateUp } from "../../database/migrations/migrate.ts";
import { sql } from "../../database/statement.ts";
import { pendingEvent } from "../../testing/events/event-fixtures.ts";
import { startPostgres } from "../../testing/postgres/start-postgres.ts";
import type { CommitRecords, IdempotencyRecord } from "./commit-records.ts";
import { createSqlRecords } from "./sql-records.ts";

const server = await startPostgres();
const home = await server.createDatabase();
const database = await createPostgresDatabase({ url: home.url });
await migrateUp(database, undefined);
after(async () => {
  await database.close();
  await home.drop();
  await server.stop();
});

const records = createSqlRecords();
const everything = (keys: readonly string[]): Required<CommitRecords> => ({
  events: keys.map((key) => pendingEvent(uuidv7(), key)),
  idempotency: { ...answerUnder(uuidv7()), tags: ["purses:1", "purses:*"] },
  invalidation: { id: uuidv7(), token: uuidv7(), tags: ["purses:1", 'a "quoted", tag'] },
  marker: undefined,
});

function answerUnder(key: string): IdempotencyRecord {
  const answer = { list: [1, { text: "it's" }], nothing: null };
  return { principal: "ann", operation: "things.do", key, id: uuidv7(), fingerprint: "f", answer, tags: [] };
}

async function commit(left: CommitRecords): Promise<void> {
  const transaction = await database.begin({ isolation: "read committed" });
  await Promise.all([records.flush(transaction, left), transaction.commit()]);
}

async function isSeen(left: CommitRecords): Promise<boolean> {
  return (await database.query(records.evidence(left))).rows.length > 0;
}

/** Every choice of what a unit may leave, save nothing. */
const combinations = Array.from({ length: 7 }, (_, index) => index + 1);
const cases = [
  ...combinations.map((chosen) => ({ chosen, keys: ["b", "a", "b"] })),
  ...combinations.filter((chosen) => chosen & 1).map((chosen) => ({ chosen, keys: ["a"] })),
];

for (const { chosen, keys } of cases) {
  const pick = (): CommitRecords => {
    const { events, idempotency, invalidation } = everything(keys);
    return {
      events: chosen & 1 ? events : [],
      idempotency: chosen & 2 ? idempotency : undefined,
      invalidation: chosen & 4 ? invalidation : undefined,
    };
  };
  const names = Object.entries(pick()).flatMap(([name, left]) =>
    left === undefined || (Array.isArray(left) && left.length === 0) ? [] : [name],
  );
  const amount = chosen & 1 ? `${keys.length} ` : "";

  test(`${amount}${names.join(", ")}: written by one statement, all or none, and found as evidence`, async () => {
    const lost = pick();
    const transaction = await database.begin({ isolation: "read committed" });
    await records.flush(transaction, lost);
    await transaction.rollback();
    assert.equal(await isSeen(lost), false);

    const kept = pick();
    await commit(kept);
    assert.equal(await isSeen(kept), true);
    const { events, idempotency, invalidation } = kept;
    const { rows } = await database.query(
      sql`select (select count(*) from trivium.outbox where id = any(${events.map(({ id }) => id)}::uuid[])) as events,
                 (select count(*) from trivium.invalidation where id = ${invalidation?.id}::uuid
                  and token = ${invalidation?.token} and tags = ${invalidation?.tags}::text[]) as invalidations`,
    );
    assert.deepEqual(rows[0], { events: events.length, invalidations: invalidation === undefined ? 0 : 1 });
    if (idempotency === undefined) return;
    const { fingerprint, answer, tags } = idempotency;
    assert.deepEqual(await records.find(database, idempotency), { fingerprint, answer, tags });
  });
}

test("a marker alone is evidence where the unit wrote, and only there", async () => {
  const wrote = { events: [], marker: uuidv7() };
  const transaction = await database.begin({ isolation: "read committed" });
  await transaction.query(sql`create table if not exists written (id text)`);
  await Promise.all([records.flush(transaction, wrote), transaction.commit()]);
  const read = { events: [], marker: uuidv7() };
  await commit(read);
  assert.deepEqual([await isSeen(wrote), await isSeen(read)], [true, false]);
});

test("another unit's record under the same key is no evidence", async () => {
  const key = uuidv7();
  const theirs = answerUnder(key);
  await commit({ events: [], idempotency: theirs });
  assert.equal(await isSeen({ events: [], idempotency: theirs }), true);
  assert.equal(await isSeen({ events: [], idempotency: answerUnder(key) }), false);
});

test("a key is held until its unit ends, and is free again after a rollback", async () => {
  const record = answerUnder(uuidv7());
  const begin = () => database.begin({ isolation: "read committed" });
  const [first, second, third, fourth] = await Promise.all([begin(), begin(), begin(), begin()]);
  assert.deepEqual(await records.claim(first, record), { state: "held" });
  assert.deepEqual(await records.claim(second, record), { state: "taken" });
  await Promise.all([first.rollback(), second.rollback()]);
  assert.deepEqual(await records.claim(third, record), { state: "held" });
  await Promise.all([records.flush(third, { events: [], idempotency: record }), third.commit()]);
  const { fingerprint, answer, tags } = record;
  assert.deepEqual(await records.claim(fourth, record), { state: "answered", stored: { fingerprint, answer, tags } });
  await fourth.rollback();
});

test("the installation is one row for ever", async () => {
  const { rows } = await database.query(sql`select id, store_used_at from trivium.installation`);
  assert.equal(rows.length, 1);
  await assert.rejects(database.query(sql`insert into trivium.installation (id) values (gen_random_uuid())`));
});

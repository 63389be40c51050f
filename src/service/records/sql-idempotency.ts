// The idempotency record on SQL: how a unit takes its key, finds the answer of an earlier one, and leaves its own.

import { createHash } from "node:crypto";
import type { WritePart } from "../../database/composed-write.ts";
import type { Row, Statement } from "../../database/statement.ts";
import type { UnitSql } from "../../events/event-record.ts";
import type { Claim, IdempotencyRecord, RecordKey, StoredAnswer } from "./commit-records.ts";

const part: WritePart = {
  name: "idempotency",
  queries: "",
  insert: `insert into trivium.idempotency (principal, operation, key, id, fingerprint, answer, tags)
values ($1, $2, $3, $4::uuid, $5, $6::json, $7::text[])`,
  placeholders: 7,
};

/** The writing of a record, as a part of the statement that a unit of work ends with. */
export const idempotencyWrite = {
  part,
  values: ({ principal, operation, key, id, fingerprint, answer, tags }: IdempotencyRecord): unknown[] => [
    ...[principal, operation, key, id, fingerprint],
    answer === undefined ? null : JSON.stringify(answer),
    tags,
  ],
};

/** Gives a row if and only if the unit that made this record has committed: by its id, another unit's does not count. */
export function idempotencyEvidence({ principal, operation, key, id }: IdempotencyRecord): Statement {
  return {
    text: `select 1 as committed from trivium.idempotency
where principal = $1 and operation = $2 and key = $3 and id = $4::uuid`,
    values: [principal, operation, key, id],
  };
}

/**
 * See the port: RecordStore.claim. The lock is held until the transaction ends, and is let go only after its rows can be
 * seen; the second statement has a snapshot taken after the first was answered. So whoever gets the lock sees all that
 * earlier holders left.
 */
export async function claimKey(unit: UnitSql, key: RecordKey): Promise<Claim> {
  const [lock, found] = await Promise.all([unit.query(lockStatement(key)), unit.query(findStatement(key))]);
  const [row] = found.rows;
  if (row?.valid === true) return { state: "answered", stored: storedFromRow(row) };
  if (lock.rows[0]?.free !== true) return { state: "taken" };
  if (row !== undefined) await unit.query(removeStatement(key));
  return { state: "held" };
}

/** See the port: RecordStore.find. */
export async function findAnswer(database: UnitSql, key: RecordKey): Promise<StoredAnswer | undefined> {
  const [row] = (await database.query(findStatement(key))).rows;
  return row?.valid === true ? storedFromRow(row) : undefined;
}

function lockStatement(key: RecordKey): Statement {
  return {
    name: "trivium_idempotency_lock",
    text: "select pg_try_advisory_xact_lock($1::bigint) as free",
    values: [lockNumber(key)],
  };
}

function findStatement({ principal, operation, key }: RecordKey): Statement {
  return {
    name: "trivium_idempotency_find",
    text: `select fingerprint, answer, tags, created_at > now() - interval '24 hours' as valid
from trivium.idempotency where principal = $1 and operation = $2 and key = $3`,
    values: [principal, operation, key],
  };
}

/** A record that has outlived its day, and that the janitor has not come to yet. */
function removeStatement({ principal, operation, key }: RecordKey): Statement {
  return {
    text: `delete from trivium.idempotency where principal = $1 and operation = $2 and key = $3
and created_at <= now() - interval '24 hours'`,
    values: [principal, operation, key],
  };
}

/** Two keys with one number would only see IN_PROGRESS where they need not. */
function lockNumber({ principal, operation, key }: RecordKey): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([principal, operation, key]))
    .digest();
  return digest.readBigInt64BE().toString();
}

function storedFromRow(row: Row): StoredAnswer {
  // The casts repeat the table's column types, which the adapters map to these.
  return { fingerprint: row.fingerprint as string, answer: row.answer, tags: row.tags as string[] };
}

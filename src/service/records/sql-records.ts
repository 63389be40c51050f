// The records of units of work on SQL: whatever a unit leaves behind is written by one statement.

import { composedWrite, type WritePart } from "../../database/composed-write.ts";
import type { Statement } from "../../database/statement.ts";
import { outboxEvidence, outboxWrite } from "../../events/outbox.ts";
import type { CommitRecords, RecordStore } from "./commit-records.ts";
import { claimKey, findAnswer, idempotencyEvidence, idempotencyWrite } from "./sql-idempotency.ts";

const invalidationPart: WritePart = {
  name: "invalidation",
  queries: "",
  insert: "insert into trivium.invalidation (id, token, tags) values ($1::uuid, $2, $3::text[])",
  placeholders: 3,
};

// Writes only where the unit did: what a statement of the author's own does cannot be told from its text.
const markerPart: WritePart = {
  name: "marker",
  queries: "",
  insert: "insert into trivium.commit_marker (id) select $1::uuid where pg_current_xact_id_if_assigned() is not null",
  placeholders: 1,
};

/** The records of the database that the given transactions belong to. */
export function createSqlRecords(): RecordStore {
  return {
    async flush(transaction, records) {
      await transaction.query(flushStatement(records));
    },
    evidence,
    claim: claimKey,
    find: findAnswer,
  };
}

const composed = new Map<string, Pick<Statement, "name" | "text">>();

function flushStatement({ events, idempotency, invalidation, marker }: CommitRecords): Statement {
  const parts: WritePart[] = [];
  const values: unknown[] = [];
  const add = (part: WritePart, itsValues: readonly unknown[]): void => {
    parts.push(part);
    values.push(...itsValues);
  };
  if (events.length > 0) {
    const outbox = outboxWrite(events);
    add(outbox.part, outbox.values);
  }
  if (idempotency !== undefined) add(idempotencyWrite.part, idempotencyWrite.values(idempotency));
  if (invalidation !== undefined) add(invalidationPart, [invalidation.id, invalidation.token, invalidation.tags]);
  if (marker !== undefined) add(markerPart, [marker]);
  return { ...textOf(parts), values };
}

/** Each combination is composed once, and prepared once per connection. */
function textOf(parts: readonly WritePart[]): Pick<Statement, "name" | "text"> {
  const name = `trivium_records_${parts.map((part) => part.name).join("_")}`;
  const known = composed.get(name);
  if (known !== undefined) return known;
  const made = { name, text: composedWrite(parts) };
  composed.set(name, made);
  return made;
}

/** One record is enough: all of a unit's commit together. */
function evidence({ events, idempotency, invalidation, marker }: CommitRecords): Statement {
  if (idempotency !== undefined) return idempotencyEvidence(idempotency);
  if (events.length > 0) return outboxEvidence(events);
  if (invalidation !== undefined)
    return { text: "select 1 as committed from trivium.invalidation where id = $1::uuid", values: [invalidation.id] };
  return { text: "select 1 as committed from trivium.commit_marker where id = $1::uuid", values: [marker] };
}

// The inbox: per consumer and key, the last number that was settled. What makes effects happen once and in order.
// Everything here runs inside the transaction that brings the effect.

import type { Row, Statement } from "../../database/statement.ts";
import type { StoredEvent, UnitSql } from "../event-record.ts";

/**
 * What an event is to a consumer, under the lock of its inbox row:
 * - `next`: its turn. - `applied`: settled before. - `behind`: its turn, but an earlier event of the key is parked.
 * - `gap`: events of the key from number `from` on come first.
 */
export type Standing =
  | { readonly kind: "next" | "applied" | "behind" }
  | { readonly kind: "gap"; readonly from: number };

const enterText = `insert into trivium.inbox (consumer, stream, key) values ($1, $2, $3) on conflict do nothing`;
const lockText = "select 1 from trivium.inbox where consumer = $1 and stream = $2 and key = $3 for update";
const takeText = `
update trivium.inbox i set sequence = $4::bigint
where i.consumer = $1 and i.stream = $2 and i.key = $3 and coalesce(i.sequence, 0) = $4::bigint - 1
  and not exists (
    select 1 from trivium.parked p where p.consumer = $1 and p.stream = $2 and p.key = $3
  )`;

// Without a baseline, the first event of the key that belongs to the consumer is in the outbox, published or not.
const standingText = `
select
  (select i.sequence from trivium.inbox i where i.consumer = $1 and i.stream = $2 and i.key = $3) as last,
  exists (select 1 from trivium.parked p where p.consumer = $1 and p.stream = $2 and p.key = $3) as parked,
  (select min(o.sequence) from trivium.outbox o
    join trivium.consumer_offset c on c.consumer = $1 and c.shard = o.shard
    where o.stream = $2 and o.key = $3 and o.sequence < $4::bigint
      and (o.log_offset is null or o.log_offset > c.start_offset)
      and not exists (
        select 1 from trivium.inbox i
        where i.consumer = $1 and i.stream = $2 and i.key = $3 and i.sequence is not null
      )) as first`;

/**
 * Locks the key's inbox row and, if the event is next and nothing of the key is parked, moves the inbox to it: one
 * round trip. Else says what the event is, and the inbox stays where it was.
 */
export async function takeTurn(unit: UnitSql, consumer: string, event: StoredEvent): Promise<Standing> {
  const [, , taken] = await Promise.all([
    ...lockInbox(unit, consumer, event),
    // A statement of its own: its snapshot is taken when the lock is held.
    unit.query({ name: "trivium_inbox_take", text: takeText, values: [...keyOf(consumer, event), event.sequence] }),
  ]);
  if (taken?.rowCount === 1) return { kind: "next" };
  const standing = standingFromRow((await unit.query(standingOf(consumer, event))).rows[0], event);
  // The key's first event for this consumer, at a number above one: its baseline.
  if (standing.kind === "next") await moveInbox(unit, consumer, event);
  return standing;
}

/** Locks the key's inbox row and says what the event is. */
export async function lockStanding(unit: UnitSql, consumer: string, event: StoredEvent): Promise<Standing> {
  const [, , result] = await Promise.all([
    ...lockInbox(unit, consumer, event),
    unit.query(standingOf(consumer, event)),
  ]);
  return standingFromRow(result?.rows[0], event);
}

/** Moves the inbox to an event. The row must be locked. */
export async function moveInbox(unit: UnitSql, consumer: string, event: StoredEvent): Promise<void> {
  await unit.query({
    name: "trivium_inbox_move",
    text: "update trivium.inbox set sequence = $4 where consumer = $1 and stream = $2 and key = $3",
    values: [...keyOf(consumer, event), event.sequence],
  });
}

/** What an event is, as a statement; without a lock its answer is of the past. */
export function standingOf(consumer: string, event: StoredEvent): Statement {
  return { name: "trivium_inbox_standing", text: standingText, values: [...keyOf(consumer, event), event.sequence] };
}

/** Reads the answer of `standingOf`. */
export function standingFromRow(row: Row | undefined, event: StoredEvent): Standing {
  // The casts repeat the statement's column types.
  const last = (row?.last ?? null) as number | null;
  const first = (row?.first ?? null) as number | null;
  const turn = { kind: row?.parked === true ? "behind" : "next" } as const;
  if (last === null) return first === null ? turn : { kind: "gap", from: first };
  if (event.sequence <= last) return { kind: "applied" };
  return event.sequence === last + 1 ? turn : { kind: "gap", from: last + 1 };
}

function lockInbox(unit: UnitSql, consumer: string, event: StoredEvent): ReturnType<UnitSql["query"]>[] {
  const values = keyOf(consumer, event);
  return [
    unit.query({ name: "trivium_inbox_enter", text: enterText, values }),
    unit.query({ name: "trivium_inbox_lock", text: lockText, values }),
  ];
}

function keyOf(consumer: string, event: StoredEvent): readonly string[] {
  return [consumer, event.stream, event.key];
}

// The table of idempotency: what a command answered under a key. Pruned after a day.

/** `id` is made by the unit that wrote the row: by it a lost COMMIT is settled. */
export const idempotencyTable: readonly string[] = [
  `create table trivium.idempotency (
    principal text collate "C" not null,
    operation text collate "C" not null,
    key text collate "C" not null,
    id uuid not null,
    fingerprint text not null,
    answer json,
    tags text[] not null,
    created_at timestamptz(3) not null default now(),
    constraint trivium_idempotency_key primary key (principal, operation, key)
  )`,
  "create index idempotency_by_age on trivium.idempotency (created_at)",
];

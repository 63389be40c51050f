// The tables of the coherent cache: tags whose invalidation must not be lost, and the database's own id.

/**
 * A row of `invalidation` without a token comes from a write outside of the foundation. A unit's row stays for a while
 * after it was relayed: it may be what proves a lost COMMIT.
 */
export const invalidationTables: readonly string[] = [
  `create table trivium.invalidation (
    id uuid primary key,
    token text,
    tags text[] not null,
    created_at timestamptz(3) not null default now(),
    relayed_at timestamptz(3)
  )`,
  "create index invalidation_by_age on trivium.invalidation (created_at)",
  // One row for ever: by its id stores keep apart what belongs to different databases.
  `create table trivium.installation (
    id uuid not null,
    store_used_at timestamptz(3)
  )`,
  "create unique index installation_is_one on trivium.installation ((true))",
  "insert into trivium.installation (id) values (gen_random_uuid())",
];

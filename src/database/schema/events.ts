// The tables of streams: numbering, outbox, log heads, consumers, inbox, parked and quarantined events. Text that is
// ordered or compared is collated "C", so that order is the same on every server.

/** Statements in order, each run once. The schema `trivium` exists before them. */
export const eventTables: readonly string[] = [
  // The last number of a key. The row's lock, held until COMMIT, is what makes numbers gapless and in commit order.
  `create table trivium.event_sequence (
    stream text collate "C" not null,
    key text collate "C" not null,
    last bigint not null,
    primary key (stream, key)
  ) with (fillfactor = 80)`,

  // created_at has the milliseconds that an event shows, so that id and time together find a row in its partition.
  `create table trivium.outbox (
    id uuid not null,
    stream text collate "C" not null,
    key text collate "C" not null,
    shard smallint not null,
    sequence bigint not null,
    type text not null,
    version integer not null,
    payload json not null,
    headers json not null,
    created_at timestamptz(3) not null,
    published_at timestamptz(3),
    log_offset bigint,
    primary key (id, created_at)
  ) partition by range (created_at)`,
  "create table trivium.outbox_default partition of trivium.outbox default",
  "create index outbox_sequence on trivium.outbox (stream, key, sequence)",
  "create index outbox_unpublished on trivium.outbox (shard, stream, key, sequence) where published_at is null",
  "create index outbox_log on trivium.outbox (stream, shard, log_offset) where log_offset is not null",

  // The log's end, one row a shard: whoever publishes to a shard holds its row.
  `create table trivium.outbox_head (
    shard smallint primary key,
    log_offset bigint not null
  ) with (fillfactor = 50)`,
  "insert into trivium.outbox_head (shard, log_offset) select shard, 0 from generate_series(0, 63) as shard",

  `create table trivium.consumer (
    name text collate "C" primary key,
    stream text collate "C" not null,
    start text not null check (start in ('earliest', 'now')),
    registered_at timestamptz(3) not null
  )`,
  // An event belongs to a consumer unless the log had it at or below start_offset when the consumer was registered.
  `create table trivium.consumer_offset (
    consumer text collate "C" not null references trivium.consumer (name),
    shard smallint not null,
    start_offset bigint not null,
    log_offset bigint not null,
    primary key (consumer, shard)
  ) with (fillfactor = 80)`,

  // sequence: the last event of the key that was applied, moved over or parked. NULL: none yet, no baseline.
  `create table trivium.inbox (
    consumer text collate "C" not null,
    stream text collate "C" not null,
    key text collate "C" not null,
    sequence bigint,
    primary key (consumer, stream, key)
  ) with (fillfactor = 80)`,

  `create table trivium.parked (
    consumer text collate "C" not null,
    stream text collate "C" not null,
    key text collate "C" not null,
    sequence bigint not null,
    event_id uuid not null,
    type text not null,
    version integer not null,
    event json not null,
    reason text not null check (reason in ('FAILED', 'BEHIND', 'TOO_NEW', 'GAP_LOST')),
    error text,
    parked_at timestamptz(3) not null,
    primary key (consumer, stream, key, sequence)
  )`,

  `create table trivium.quarantine (
    consumer text collate "C" not null,
    source text not null,
    record text not null,
    error text not null,
    quarantined_at timestamptz(3) not null,
    primary key (consumer, source)
  )`,

  // Who works on which groups of shards, renewed every second. Only for fair shares: the locks decide.
  `create table trivium.shard_member (
    role text collate "C" not null,
    member uuid not null,
    groups integer not null,
    seen_at timestamptz not null,
    primary key (role, member)
  ) with (fillfactor = 50)`,
];

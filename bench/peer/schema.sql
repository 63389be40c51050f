-- The peer's tables: channels, members and messages as the reference service has them, an outbox with its numbering.

create table channels (
  id uuid primary key,
  name text not null,
  topic text,
  private boolean not null,
  owner_id uuid not null,
  archived_at timestamptz(3),
  version integer not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);

create table channel_members (
  channel_id uuid not null references channels (id),
  account_id uuid not null,
  created_at timestamptz(3) not null,
  primary key (channel_id, account_id)
);

create table messages (
  id uuid primary key,
  channel_id uuid not null references channels (id),
  author_id uuid not null,
  body text not null,
  version integer not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index messages_newest on messages (channel_id, id);

create table channel_sequences (
  channel_id uuid primary key,
  last bigint not null
) with (fillfactor = 80);

create table outbox (
  id uuid primary key,
  channel_id uuid not null,
  sequence bigint not null,
  type text not null,
  payload jsonb not null,
  created_at timestamptz(3) not null default now(),
  published_at timestamptz(3),
  unique (channel_id, sequence)
);
create index outbox_unpublished on outbox (channel_id, sequence) where published_at is null;

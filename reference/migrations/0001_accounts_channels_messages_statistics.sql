-- Accounts, channels with their members, messages, and the projection of statistics. Who calls is said by his
-- credential, which need not come from this service: so ids of accounts are kept elsewhere without a foreign key.

create table accounts (
  id uuid primary key,
  email text not null unique,
  display_name text not null,
  roles jsonb not null,
  password_hash text not null,
  version integer not null,
  created_at timestamptz(3) not null
);

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
-- The members of a channel, newest first; and the channels of an account.
create index channel_members_newest on channel_members (channel_id, created_at, account_id);
create index channel_members_account on channel_members (account_id, channel_id);

create table messages (
  id uuid primary key,
  channel_id uuid not null references channels (id),
  author_id uuid not null,
  body text not null,
  version integer not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
-- The messages of a channel, newest first.
create index messages_newest on messages (channel_id, id);

-- A projection of events: it refers to nothing.
create table channel_totals (
  channel_id uuid primary key,
  messages bigint not null check (messages >= 0),
  members bigint not null check (members >= 0)
);
-- The channels with the most messages.
create index channel_totals_most on channel_totals (messages, channel_id);

create table channel_days (
  channel_id uuid not null,
  day date not null,
  messages bigint not null check (messages >= 0),
  primary key (channel_id, day)
);

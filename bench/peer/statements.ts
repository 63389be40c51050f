// The peer's SQL. Each statement is prepared once per connection under its name.

const columns = `m.id, m.channel_id as "channelId", m.author_id as "authorId", m.body, m.version,
  m.created_at as "createdAt", m.updated_at as "updatedAt"`;
const returned = columns.replaceAll("m.", "");
const access = `c.private, c.archived_at is not null as archived`;

/** By name, with the parameters in order. */
export const statements = {
  /** id, user. */
  get: {
    name: "message_get",
    text: `select ${columns}, ${access}, u.account_id is not null as member
      from messages m join channels c on c.id = m.channel_id
      left join channel_members u on u.channel_id = m.channel_id and u.account_id = $2
      where m.id = $1`,
  },
  /** channel, user. */
  access: {
    name: "channel_access",
    text: `select ${access}, u.account_id is not null as member
      from channels c left join channel_members u on u.channel_id = c.id and u.account_id = $2
      where c.id = $1`,
  },
  /** channel, user: until COMMIT nobody archives the channel and the member does not leave. */
  hold: {
    name: "channel_hold",
    text: `select ${access}, true as member
      from channels c join channel_members u on u.channel_id = c.id
      where c.id = $1 and u.account_id = $2 for key share`,
  },
  /** message, user: as `hold`. */
  holdMessage: {
    name: "message_hold",
    text: `select ${columns}, ${access}, true as member
      from messages m join channels c on c.id = m.channel_id
      join channel_members u on u.channel_id = m.channel_id and u.account_id = $2
      where m.id = $1 for key share of c, u`,
  },
  /** channel, the last id of the page before or null, limit. */
  page: {
    name: "message_page",
    text: `select ${columns} from messages m
      where m.channel_id = $1 and ($2::uuid is null or m.id < $2) order by m.id desc limit $3`,
  },
  /** id, channel, author, body. */
  insert: {
    name: "message_insert",
    text: `insert into messages (id, channel_id, author_id, body, version, created_at, updated_at)
      values ($1, $2, $3, $4, 1, now(), now()) returning ${returned}`,
  },
  /** id, version, body. */
  update: {
    name: "message_update",
    text: `update messages set body = $3, version = version + 1, updated_at = now()
      where id = $1 and version = $2 returning ${returned}`,
  },
  /** channel. */
  number: {
    name: "sequence_next",
    text: `insert into channel_sequences as s (channel_id, last) values ($1, 1)
      on conflict (channel_id) do update set last = s.last + 1 returning last`,
  },
  /** id, channel, sequence, type, payload. */
  outbox: {
    name: "outbox_insert",
    text: "insert into outbox (id, channel_id, sequence, type, payload) values ($1, $2, $3, $4, $5)",
  },
} as const;

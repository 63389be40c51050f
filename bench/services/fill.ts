// The data that every contestant is given: the same channels, members and messages, under ids that the load knows.

import pg from "pg";

/** How much of it there is. Each user has a channel of his own choice, `user % channels`, and messages in it. */
export const amounts = { users: 1_000, channels: 100, messages: 20_000 };

const kinds = { user: 1, channel: 2, message: 3 } as const;

/** The id of the n-th user, channel or message. In the order of their numbers. */
export function idOf(kind: keyof typeof kinds, n: number): string {
  return `01932c5e-7a10-7000-800${kinds[kind]}-${n.toString(16).padStart(12, "0")}`;
}

const idText = (kind: keyof typeof kinds, n: string): string =>
  `('01932c5e-7a10-7000-800${kinds[kind]}-' || lpad(to_hex(${n}), 12, '0'))::uuid`;

const body = "A message of a length that people write when they have something to say to each other.";

/** Message `m` is of user `m % users`, in his channel. */
const statements = [
  `insert into channels (id, name, private, owner_id, version, created_at, updated_at)
    select ${idText("channel", "c")}, 'channel ' || c, false, ${idText("user", "c")}, 1, now(), now()
    from generate_series(0, ${amounts.channels - 1}) c`,
  `insert into channel_members (channel_id, account_id, created_at)
    select ${idText("channel", `u % ${amounts.channels}`)}, ${idText("user", "u")}, now()
    from generate_series(0, ${amounts.users - 1}) u`,
  `insert into messages (id, channel_id, author_id, body, version, created_at, updated_at)
    select ${idText("message", "m")}, ${idText("channel", `m % ${amounts.channels}`)},
      ${idText("user", `m % ${amounts.users}`)}, '${body}', 1, now(), now()
    from generate_series(0, ${amounts.messages - 1}) m`,
  "analyze",
];

/** Fills a database that has its tables; before it, runs what makes them, if given. */
export async function fill(url: string, schema?: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    if (schema !== undefined) await client.query(schema);
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

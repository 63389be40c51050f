// Each list's query at 100,000 rows: its plan reads an index in the list's own order; and the search, which reads few.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql } from "trivium";
import type { InputOf } from "trivium/contract";
import type { TestApp } from "trivium/testing";
import { accounts } from "./accounts/contract.ts";
import { channels } from "./channels/contract.ts";
import { createChat, newChannel, newPerson, type Person, password } from "./chat.fixture.ts";
import { messages } from "./messages/contract.ts";
import { statistics } from "./statistics/contract.ts";

let chat: TestApp;
let ann: Person;
/** Is in the quiet channel only. */
let bob: Person;
/** Is in 5,000 private channels. */
let eve: Person;
/** A channel with half of all messages and members, and one with few. */
let busy: string;
let quiet: string;
const recorded: { text: string; values: readonly unknown[] }[] = [];

before(async () => {
  // Each call is to ask the database.
  chat = await createChat({ cache: "off" });
  const { database } = chat;
  [ann, bob, eve] = [await newPerson(chat), await newPerson(chat), await newPerson(chat)];
  busy = (await newChannel(chat, ann)).id;
  quiet = (await newChannel(chat, ann, { members: [bob] })).id;
  const rows = 100_000;
  const places = sql`(select ${busy}::uuid as place from generate_series(1, ${rows}::int / 2)
    union all select ${quiet} from generate_series(1, 30)
    union all (select id from channels limit ${rows}::int / 2)) as places`;
  const fill = [
    sql`insert into accounts (id, email, display_name, roles, password_hash, version, created_at)
      select gen_random_uuid(), 'person' || n || '@example.org', 'x', '[]', 'x', 1, now() from generate_series(1, ${rows}::int) n`,
    sql`insert into channels (id, name, private, owner_id, version, created_at, updated_at)
      select gen_random_uuid(), 'x', n % 2 = 0, ${ann.id}, 1, now(), now() from generate_series(1, ${rows}::int) n`,
    sql`insert into channel_members (channel_id, account_id, created_at)
      select place, gen_random_uuid(), now() + random() * interval '1 day' from ${places}`,
    sql`insert into channel_members (channel_id, account_id, created_at)
      select id, ${eve.id}, now() from channels where private limit 5000`,
    sql`insert into messages (id, channel_id, author_id, body, version, created_at, updated_at)
      select gen_random_uuid(), place, ${ann.id}, 'common' || case when random() < 0.0002 then ' rare' else '' end,
        1, now(), now() from ${places}`,
    sql`insert into channel_totals (channel_id, messages, members) select id, random() * 1000, 1 from channels`,
    sql`insert into channel_days (channel_id, day, messages)
      select id, date '2026-01-01' + n, 1 from channels cross join generate_series(0, 9) n limit ${rows}::int`,
  ];
  // Without the checks of foreign keys, which take most of the time here.
  await database.query(sql`set session_replication_role = replica`);
  for (const statement of fill) await database.query(statement);
  await database.query(sql`set session_replication_role = origin`);
  await database.query(sql`analyze`);
  const { query } = database;
  database.query = (statement, options) => {
    recorded.push(statement);
    return query.call(database, statement, options);
  };
});
after(() => chat.close());

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Actual Rows"?: number;
  readonly "Actual Loops"?: number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
  readonly Plans?: readonly PlanNode[];
}

/** The plans' nodes of a call's statements. */
async function nodesOf(call: () => Promise<unknown>, options = "format json"): Promise<PlanNode[]> {
  recorded.length = 0;
  await call();
  const nodes: PlanNode[] = [];
  for (const { text, values } of recorded.splice(0)) {
    const { rows } = await chat.database.query({ text: `explain (${options}) ${text}`, values });
    const plans = rows.flatMap((row) => row["QUERY PLAN"] as { readonly Plan: PlanNode }[]); // EXPLAIN's own form
    nodes.push(...plans.flatMap(({ Plan }) => withBelow(Plan)));
  }
  return nodes;
}

function withBelow(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(withBelow)];
}

/** What the plans of a call's statements are made of: `Index Scan channels`, `Sort` and so on. */
async function planOf(call: () => Promise<unknown>): Promise<string[]> {
  return (await nodesOf(call)).map((node) => `${node["Node Type"]} ${node["Relation Name"] ?? ""}`.trim());
}

async function assertOrdered(call: () => Promise<unknown>): Promise<void> {
  const parts = await planOf(call);
  assert.ok(
    parts.some((part) => part.startsWith("Index")),
    parts.join(", "),
  );
  const slow = parts.filter((part) => /^(Seq Scan|Sort|Incremental Sort|Bitmap)/.test(part));
  assert.deepEqual(slow, [], parts.join(", "));
}

async function assertPages(page: (cursor?: string) => Promise<{ readonly nextCursor?: string | undefined }>) {
  const { nextCursor } = await page();
  assert.ok(nextCursor !== undefined);
  await assertOrdered(() => page());
  await assertOrdered(() => page(nextCursor));
}

test("channels.list reads an index in its order", () =>
  assertPages((cursor) => chat.call(channels.list, { cursor }, ann)));

test("channels.listMembers reads an index in its order, in a busy channel and in a quiet one", async () => {
  for (const channelId of [busy, quiet])
    await assertPages((cursor) => chat.call(channels.listMembers, { channelId, cursor }, ann));
});

test("messages.list reads an index in its order, in a busy channel and in a quiet one", async () => {
  for (const channelId of [busy, quiet])
    await assertPages((cursor) => chat.call(messages.list, { channelId, cursor }, ann));
});

test("statistics.topChannels reads an index in its order", () =>
  assertOrdered(() => chat.call(statistics.topChannels, {}, ann)));

test("accounts.signIn finds the account by an index", async () => {
  const parts = await planOf(() => chat.call(accounts.signIn, { email: ann.email, password }));
  assert.deepEqual(parts.at(-1), "Index Scan accounts");
});

/** How a search runs: the indexes that it reads, and how many messages it takes up in doing so. */
async function searchBy(person: Person, input: InputOf<typeof messages.search>) {
  const nodes = await nodesOf(() => chat.call(messages.search, input, person), "analyze, format json");
  const read = (node: PlanNode) =>
    ((node["Actual Rows"] ?? 0) +
      (node["Rows Removed by Filter"] ?? 0) +
      (node["Rows Removed by Index Recheck"] ?? 0)) *
    (node["Actual Loops"] ?? 0);
  const ofMessages = nodes.filter((node) => node["Relation Name"] === "messages");
  assert.ok(ofMessages.every((node) => node["Node Type"] !== "Seq Scan"));
  return {
    indexes: nodes.flatMap((node) => node["Index Name"] ?? []),
    messages: ofMessages.reduce((sum, node) => sum + read(node), 0),
  };
}

test("messages.search finds a rare word by the words' index", async () => {
  for (const person of [ann, eve])
    for (const more of [{}, { authorId: ann.id }, { from: "2020-01-01T00:00:00Z" }]) {
      const { indexes, messages } = await searchBy(person, { q: "rare", ...more });
      assert.ok(indexes.includes("messages_search"), indexes.join());
      assert.ok(messages < 100, `${messages}`);
    }
});

test("messages.search of a word in 100,000 messages takes up few of them, whatever channels one is in", async () => {
  for (const [person, most] of [
    [ann, 5_000],
    [bob, 100],
    [eve, 40_000],
  ] as const) {
    const { nextCursor: cursor } = await chat.call(messages.search, { q: "common" }, person);
    assert.ok(cursor !== undefined);
    for (const input of [{ q: "common" }, { q: "common", cursor }]) {
      const { messages } = await searchBy(person, input);
      assert.ok(messages <= most, `${messages} of ${most}`);
    }
  }
});

import { sql } from "trivium";
import { createPostgresDatabase } from "trivium/postgres";
import { startPostgres } from "trivium/testing";
import { createChat, newChannel, newPerson } from "/work/main/reference/chat.fixture.ts";
import { messages } from "/work/main/reference/messages/contract.ts";
const pg = process.env.PGX ? await startPostgres() : undefined; process.on("exit", () => {});
const url = pg && (await pg.createDatabase()).url;
try {
const chat = await createChat(url ? { cache: "off", open: (observe: any) => createPostgresDatabase({ url, max: 4, observe }) } : { cache: "off" });
const db = chat.database;
console.log((await db.query(sql`select version(), (select datctype from pg_database where datname=current_database()) c`)).rows);
const ann = await newPerson(chat), heavy = await newPerson(chat), quietP = await newPerson(chat), mid = await newPerson(chat);
const busy = (await newChannel(chat, ann)).id, quiet = (await newChannel(chat, quietP)).id;
const T = (l: string, t: number) => console.log(l.padEnd(40), Math.round(performance.now() - t), "ms");
let t = performance.now();
await db.query(sql`set session_replication_role = replica`).catch(()=>0);
await db.query(sql`insert into channels (id, name, private, owner_id, version, created_at, updated_at) select gen_random_uuid(), 'x', true, ${heavy.id}, 1, now(), now() from generate_series(1, 20000) n`);
await db.query(sql`insert into channel_members (channel_id, account_id, created_at) select id, ${heavy.id}, now() from channels where owner_id = ${heavy.id} limit 5000 on conflict do nothing`);
await db.query(sql`insert into channel_members (channel_id, account_id, created_at) select id, ${mid.id}, now() from channels where owner_id = ${heavy.id} limit 50 on conflict do nothing`);
t = performance.now();
await db.query(sql`insert into messages (id, channel_id, author_id, body, version, created_at, updated_at)
 select ('01932c5e-0000-7000-8000-' || lpad(to_hex(row_number() over ()), 12, '0'))::uuid, place, case when random() < 0.001 then ${quietP.id}::uuid else ${ann.id}::uuid end,
 'the common sentence of some words w' || (random()*100)::int || ' and rare r' || (random()*10000)::int || ' words here to make it of a usual length for chat', 1, now() - random() * interval '300 days', now()
 from (select ${busy}::uuid as place from generate_series(1, 50000) union all select ${quiet}::uuid from generate_series(1,30) union all select id from (select id from channels where owner_id=${heavy.id} limit 10000) c, generate_series(1,5)) p order by random()`);
T("insert 100k", t);
async function ask(label: string, who: any, input: any) {
  let stmts: any[] = [];
  const orig = db.query; db.query = ((s: any, o: any) => { stmts.push(s); return orig.call(db, s, o); }) as any;
  const times: number[] = []; let page: any;
  for (let i = 0; i < 4; i++) { const t = performance.now(); page = await chat.call(messages.search, input, who); times.push(Math.round((performance.now() - t)*10)/10); }
  db.query = orig;
  const s = stmts.at(-1);
  const { rows } = await db.query({ text: `explain (analyze, format text, timing off, summary off, costs off) ${s.text}`, values: s.values });
  const plan = rows.map((r: any) => r["QUERY PLAN"]);
  console.log(label.padEnd(32), times.join(" "), "| items", page.items.length, "|", plan.filter((l: string) => /(Scan|Join|Loop).*rows|Removed/.test(l)).map((l: string)=>l.trim().replace(/^->\s*/,"").replace(" (actual","").replace(/ loops=\d+\)/, "")).slice(0,14).join("; "));
  return page;
}
for (const phase of ["no stats", "analyzed"]) {
  if (phase === "analyzed") await db.query(sql`analyze`);
  console.log("==", phase);
  await ask("rare, ann", ann, { q: "r77" });
  await ask("1%, ann", ann, { q: "w7" });
  const p = await ask("common, ann", ann, { q: "common" });
  await ask("common p2, ann", ann, { q: "common", cursor: p.nextCursor });
  await ask("common phrase, ann", ann, { q: '"common sentence"' });
  await ask("failing phrase, ann", ann, { q: '"sentence common"' });
  await ask("common -common", ann, { q: 'common -the' });
  await ask("common, quiet", quietP, { q: "common" });
  await ask("common, heavy", heavy, { q: "common" });
  await ask("1%, heavy", heavy, { q: "w7" });
  await ask("rare, heavy", heavy, { q: "r77" });
  await ask("common, mid", mid, { q: "common" });
  await ask("common, channel busy", ann, { q: "common", channelId: busy });
  await ask("1%, channel busy", ann, { q: "w7", channelId: busy });
  await ask("common, author few", ann, { q: "common", authorId: quietP.id });
  await ask("common, author none", ann, { q: "common", authorId: heavy.id });
  await ask("common, old day", ann, { q: "common", to: new Date(Date.now() - 299*864e5).toISOString() });
  await ask("common, no day", ann, { q: "common", to: "2020-01-01T00:00:00Z" });
}
await chat.close();
} finally { await pg?.stop(); }

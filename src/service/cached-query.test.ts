import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { z } from "zod";
import { createApp } from "../app/app.ts";
import { failure } from "../contract/failure.ts";
import { command } from "../contract/kinds/command.ts";
import { query } from "../contract/kinds/query.ts";
import { model } from "../contract/model.ts";
import { service } from "../contract/service.ts";
import { sql } from "../database/statement.ts";
import { table } from "../repository/table.ts";
import { createTestApp, type TestApp } from "../testing/test-app.ts";
import { implement } from "./implement.ts";

const Note = model("Note", { id: z.uuid(), shelf: z.string(), text: z.string(), version: z.int() });
const noteTable = table(Note, { name: "notes", version: "version", partitions: ["shelf"] });
const NoteNotFound = failure("NOTE_NOT_FOUND", {
  code: "NOT_FOUND",
  message: "No such note",
  details: { id: z.uuid() },
});
const id = z.uuid();
const cache = "60s";
const notes = service(
  "notes",
  { version: 1 },
  {
    write: command({
      summary: "Write",
      http: "POST /notes",
      input: { shelf: z.string().default("a"), text: z.string() },
      output: Note,
      access: "public",
    }),
    read: query({
      summary: "Read",
      http: "GET /notes/{id}",
      input: { id },
      output: Note,
      access: "public",
      cache,
      failures: [NoteNotFound],
    }),
    readShared: query({
      summary: "Read what is the same for all",
      http: "GET /shared/{id}",
      input: { id, look: z.boolean().default(false) },
      output: Note,
      access: "user",
      cache: { ttl: cache, shared: true },
      failures: [NoteNotFound],
    }),
    readTwice: query({
      summary: "Read through another query",
      http: "GET /twice/{id}",
      input: { id },
      output: z.object({ first: Note, second: Note }),
      access: "public",
      cache,
      failures: [NoteNotFound],
    }),
    readPlainly: query({
      summary: "Read through another query, itself not kept",
      http: "GET /plain/{id}",
      input: { id },
      output: Note,
      access: "public",
      failures: [NoteNotFound],
    }),
    count: query({
      summary: "Count by SQL of one's own",
      http: "GET /counts/{shelf}",
      input: { shelf: z.string(), named: z.boolean() },
      output: z.object({ notes: z.int() }),
      access: "public",
      cache,
    }),
    shout: command({
      summary: "Write by SQL of one's own",
      http: "POST /shouts",
      input: { id, named: z.boolean() },
      access: "public",
    }),
    fail: query({ summary: "Fail", http: "GET /fail", output: Note, access: "public", cache }),
  },
);

/** How often handlers ran, and what they wait for. */
let runs = 0;
let gate: Promise<unknown> = Promise.resolve();
let refused = "";
const app = createApp({
  name: "notes",
  tables: [noteTable],
  services: [
    implement(notes, {
      write: (input, ctx) => noteTable.insert(ctx, input),
      async read({ id }, ctx) {
        runs++;
        const note = await noteTable.get(ctx, id, NoteNotFound);
        await gate;
        return note;
      },
      readShared: {
        async authorize(_input, ctx) {
          if (ctx.user.id === refused) throw new Error("not him");
        },
        async handle({ id, look }, ctx) {
          runs++;
          if (look && ctx.user.id === "") throw new Error("nobody");
          return noteTable.get(ctx, id, NoteNotFound);
        },
      },
      async readTwice({ id }, ctx) {
        const first = await ctx.call(notes.read, { id });
        return { first, second: await ctx.call(notes.read, { id }) };
      },
      readPlainly: ({ id }, ctx) => ctx.call(notes.read, { id }),
      async count({ shelf, named }, ctx) {
        if (named) ctx.depends(noteTable.tag({ shelf }));
        const counted = z.object({ notes: z.int() });
        const [row = { notes: 0 }] = await ctx.db.rows(
          sql`select count(*) as notes from notes where shelf = ${shelf}`,
          counted,
        );
        return row;
      },
      async shout({ id, named }, ctx) {
        const note = await noteTable.find(ctx, id);
        if (named && note !== undefined) ctx.touch(...noteTable.touched(note));
        await ctx.db.execute(sql`update notes set text = upper(text) where id = ${id}`);
      },
      async fail() {
        runs++;
        throw new Error("a defect");
      },
    }),
  ],
});

let bench: TestApp;
before(async () => {
  const { freshEmbedded } = await import("../testing/fresh-embedded.ts");
  const { createMemoryStore } = await import("../store/memory-store.ts");
  bench = await createTestApp(app, {
    store: createMemoryStore(),
    async open(observe) {
      const database = await freshEmbedded({ observe, settings: { "trivium.unit": "on" } });
      await database.query(
        sql`create table notes (id uuid primary key, shelf text not null, text text not null, version integer not null)`,
      );
      return database;
    },
  });
});
after(() => bench.close());

const trips = (work: () => Promise<unknown>): Promise<number> => bench.roundTrips(work);

test("an answer is kept, and ends when what it was made from changes", async () => {
  const { id } = await bench.call(notes.write, { text: "one" });
  assert.ok((await trips(() => bench.call(notes.read, { id }))) > 0);
  assert.equal(await trips(() => bench.call(notes.read, { id })), 0);
  await bench.call(notes.shout, { id, named: true });
  assert.equal((await bench.call(notes.read, { id })).text, "ONE");
});

test("a declared failure is kept too, and ends with the row's coming", async () => {
  const missing = "01932c5e-7a10-7c3f-9d2a-0123456789ab";
  for (const expected of [1, 0]) {
    const before = runs;
    await assert.rejects(bench.call(notes.read, { id: missing }), {
      reason: "NOTE_NOT_FOUND",
      details: { id: missing },
    });
    assert.equal(runs - before, expected);
  }
});

test("a defect is not kept", async () => {
  const before = runs;
  for (let round = 0; round < 2; round++) await assert.rejects(bench.call(notes.fail, {}), { reason: "INTERNAL" });
  assert.equal(runs - before, 2);
});

test("users have entries of their own; a shared one is for all whom its authorize lets in", async () => {
  const { id } = await bench.call(notes.write, { text: "one" });
  const [ann, bob] = [{ id: "ann" }, { id: "bob" }];
  let before = runs;
  for (const user of [ann, bob, ann]) await bench.call(notes.read, { id }, user);
  assert.equal(runs - before, 2);
  before = runs;
  for (const user of [ann, bob, ann]) await bench.call(notes.readShared, { id }, user);
  assert.equal(runs - before, 1);
  refused = "bob";
  await assert.rejects(bench.call(notes.readShared, { id }, bob), { reason: "INTERNAL" });
  assert.equal((await bench.call(notes.readShared, { id }, ann)).id, id);
  await assert.rejects(bench.call(notes.readShared, { id, look: true }, ann), (error: { cause?: unknown }) => {
    assert.match(String(error.cause), /only its authorize sees who calls/);
    return true;
  });
});

test("reads at once share loads, but none joins one that began before it", async () => {
  const { id } = await bench.call(notes.write, { text: "one" });
  const held = Promise.withResolvers<void>();
  gate = held.promise;
  const before = runs;
  const first = bench.call(notes.read, { id });
  while (runs === before) await turn();
  const others = Array.from({ length: 20 }, () => bench.call(notes.read, { id }));
  await turn();
  assert.equal(runs - before, 1);
  held.resolve();
  gate = Promise.resolve();
  assert.equal(new Set((await Promise.all([first, ...others])).map(({ text }) => text)).size, 1);
  // The first one's answer was kept, so that the others' one look at the store was enough.
  assert.ok(runs - before <= 2, `${runs - before} loads`);
});

test("a query inside a kept one reads its snapshot, and ends it", async () => {
  const { id } = await bench.call(notes.write, { text: "one" });
  const before = runs;
  await bench.call(notes.readTwice, { id });
  assert.equal(runs - before, 2);
  assert.equal(await trips(() => bench.call(notes.readTwice, { id })), 0);
  await bench.call(notes.shout, { id, named: true });
  assert.equal((await bench.call(notes.readTwice, { id })).second.text, "ONE");
});

test("a query inside one that is not kept is answered from the cache", async () => {
  const { id } = await bench.call(notes.write, { text: "one" });
  await bench.call(notes.readPlainly, { id });
  const before = runs;
  assert.equal((await bench.call(notes.readPlainly, { id })).text, "one");
  assert.equal(runs, before);
});

test("what reads by SQL of its own is kept only if it names what it depends on", async () => {
  const asked = { shelf: "own" };
  for (const expected of [false, false]) {
    const none = (await trips(() => bench.call(notes.count, { ...asked, named: false }))) === 0;
    assert.equal(none, expected);
  }
  await bench.call(notes.count, { ...asked, named: true });
  assert.equal(await trips(() => bench.call(notes.count, { ...asked, named: true })), 0);
  await bench.call(notes.write, { shelf: "other", text: "x" });
  assert.equal(await trips(() => bench.call(notes.count, { ...asked, named: true })), 0);
  await bench.call(notes.write, { shelf: "own", text: "x" });
  assert.deepEqual(await bench.call(notes.count, { ...asked, named: true }), { notes: 1 });
});

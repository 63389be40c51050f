// The budgets of round trips: to PostgreSQL as the driver counts its waits, to Redis as the server counts scripts.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { createApp, implement, sql, table } from "trivium";
import { command, event, model, query, service, stream, z } from "trivium/contract";
import type { TestApp } from "trivium/testing";
import chat from "../../reference/app.ts";
import { newChannel, newPerson } from "../../reference/chat.fixture.ts";
import { messages } from "../../reference/messages/contract.ts";
import { noRedisServer } from "./redis-server.ts";
import { type AppHome, openAppHome } from "./test-apps.ts";

const Note = model("Note", { id: z.uuid(), text: z.string() });
const NoteTaken = event("note.taken", { stream: stream("note"), key: (note) => note.id, data: Note });
const on = { input: { text: z.string() }, output: Note, access: "user", emits: [NoteTaken] } as const;
const notes = service(
  "notes",
  { version: 1 },
  {
    take: command({ ...on, summary: "Take a note", http: "POST /notes" }),
    takeFew: command({ ...on, summary: "Take a few notes", http: "POST /few-notes", limit: "1000 per minute" }),
    read: query({
      ...{
        summary: "Read a note",
        http: "GET /notes/{id}",
        input: { id: z.uuid() },
        output: z.object({ note: Note.optional() }),
      },
      ...{ access: "user", limit: "1000 per minute", cache: "60s" },
    }),
    reread: query({
      ...{ summary: "Read a note anew", http: "GET /notes/{id}/anew", input: { id: z.uuid() } },
      ...{ output: z.object({ note: Note.optional() }), access: "user", limit: "1000 per minute" },
    }),
  },
);
const noteTable = table(Note, { name: "notes" });
const notesApp = createApp({
  name: "notes",
  tables: [noteTable],
  services: [
    implement(notes, {
      async take({ text }, ctx) {
        const note = await noteTable.insert(ctx, { text });
        ctx.emit(NoteTaken, note);
        return note;
      },
      async takeFew({ text }, ctx) {
        const note = await noteTable.insert(ctx, { text });
        ctx.emit(NoteTaken, note);
        return note;
      },
      read: async ({ id }, ctx) => ({ note: await noteTable.find(ctx, id) }),
      reread: async ({ id }, ctx) => ({ note: await noteTable.find(ctx, id) }),
    }),
  ],
});
const ann = { id: "ann" };

/** What a call may wait for. */
interface Budget {
  readonly postgres: number;
  readonly redis: number;
}

describe("round trips", { skip: noRedisServer }, () => {
  let home: AppHome;
  let app: TestApp;
  before(async () => {
    home = await openAppHome();
    await home.run(sql`create table notes (id uuid primary key, text text not null)`);
    app = await home.open(notesApp);
  });
  after(() => home.close());

  /** A first run teaches both servers what they need to know; the second one is counted. */
  async function cost(through: TestApp, call: () => Promise<unknown>): Promise<Budget> {
    await call();
    await asked(through);
    const before = await home.redis.scriptsRun();
    const postgres = await through.roundTrips(call);
    await asked(through);
    return { postgres, redis: (await home.redis.scriptsRun()) - before - 1 };
  }

  const note = async (): Promise<string> => (await app.call(notes.take, { text: "x" }, ann)).id;

  test("a cached read: none to PostgreSQL, and one to Redis with its limit", async () => {
    const id = await note();
    await app.call(notes.read, { id }, ann);
    assert.deepEqual(await cost(app, () => app.call(notes.read, { id }, ann)), { postgres: 0, redis: 1 });
  });

  test("a miss: what the handler reads, and one to Redis more; nobody waits for that, nor for the snapshot's end", async () => {
    const ids = [await note(), await note()];
    const miss = () => app.call(notes.read, { id: ids.pop() ?? "" }, ann);
    assert.deepEqual(await cost(app, miss), { postgres: 1 + 1, redis: 2 });
  });

  test("a read that is not cached: what the handler reads, and one to Redis for its limit", async () => {
    const id = await note();
    assert.deepEqual(await cost(app, () => app.call(notes.reread, { id }, ann)), { postgres: 1, redis: 1 });
  });

  test("a command with one insert and one event: two; its fences beside the statements, and the bump", async () => {
    assert.deepEqual(await cost(app, note), { postgres: 2, redis: 2 });
    const few = () => app.call(notes.takeFew, { text: "x" }, ann);
    assert.deepEqual(await cost(app, few), { postgres: 2, redis: 3 }, "with a limit");
  });

  test("the same under an idempotency key: three", async () => {
    const keyed = () => app.call(notes.takeFew, { text: "x" }, ann, randomUUID());
    assert.deepEqual(await cost(app, keyed), { postgres: 3, redis: 3 });
  });

  test("a repeated answer: the look for it and the end of its unit; its tags are bumped once more", async () => {
    const key = randomUUID();
    const again = () => app.call(notes.takeFew, { text: "x" }, ann, key);
    assert.deepEqual(await cost(app, again), { postgres: 2, redis: 2 });
  });

  test("chat's post, with its two reads: three", async () => {
    const service = await home.open(chat);
    const person = await newPerson(service);
    const { id: channelId } = await newChannel(service, person);
    const post = () => service.call(messages.post, { channelId, body: "x" }, person);
    assert.deepEqual(await cost(service, post), { postgres: 3, redis: 3 });
  });
});

/** One script more, on the same connection: when it is answered, all that was sent before has been counted. */
async function asked({ store }: TestApp): Promise<void> {
  await store.ask({ limits: [], entry: undefined });
}

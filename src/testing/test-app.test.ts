import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { createApp } from "../app/app.ts";
import { event, stream } from "../contract/event.ts";
import { failure } from "../contract/failure.ts";
import { command } from "../contract/kinds/command.ts";
import { query } from "../contract/kinds/query.ts";
import { serverStream } from "../contract/kinds/server-stream.ts";
import { model } from "../contract/model.ts";
import { service } from "../contract/service.ts";
import { table } from "../repository/table.ts";
import { implement } from "../service/implement.ts";
import { createTestApp } from "./test-app.ts";

const Note = model("Note", { id: z.uuid(), text: z.string(), version: z.int() });
const noteTable = table(Note, { name: "notes", version: "version" });
const NoteNotFound = failure("NOTE_NOT_FOUND", { code: "NOT_FOUND", message: "No such note" });
const noteStream = stream("note");
const NoteWritten = event("note.written", { stream: noteStream, key: (note) => note.id, data: Note });
const notes = service(
  "notes",
  { version: 1 },
  {
    write: command({
      summary: "Write",
      http: "POST /notes",
      input: { text: z.string() },
      output: Note,
      access: "user",
      emits: [NoteWritten],
    }),
    edit: command({
      summary: "Edit",
      http: "PATCH /notes/{id}",
      input: { id: z.uuid(), text: z.string(), version: z.int() },
      output: Note,
      access: "user",
      versioned: true,
      failures: [NoteNotFound],
    }),
    read: query({
      summary: "Read",
      http: "GET /notes/{id}",
      input: { id: z.uuid() },
      output: Note,
      access: "user",
      failures: [NoteNotFound],
    }),
    watch: serverStream({
      summary: "Watch",
      http: "GET /notes/{id}/watch",
      input: { id: z.uuid() },
      output: Note,
      access: "user",
    }),
  },
);
const app = createApp({
  name: "notes",
  services: [
    implement(notes, {
      async write({ text }, ctx) {
        const note = await noteTable.insert(ctx, { text });
        ctx.emit(NoteWritten, note);
        if (text === "bad") throw new Error("after the insert");
        return note;
      },
      edit: ({ id, text, version }, ctx) => noteTable.update(ctx, id, { text }, { version, missing: NoteNotFound }),
      read: ({ id }, ctx) => noteTable.get(ctx, id, NoteNotFound),
      async *watch({ id }, ctx) {
        for await (const { data } of ctx.live(noteStream, id, { after: "0", events: [NoteWritten] })) yield data;
      },
    }),
  ],
});
const ann = { id: "ann" };

test("an app runs on the memory repository with its whole pipeline", async (t) => {
  const bench = await createTestApp(app, { storage: "memory" });
  t.after(() => bench.close());
  const note = await bench.call(notes.write, { text: "hi" }, ann);
  assert.deepEqual(await bench.call(notes.read, { id: note.id }, ann), note);
  await assert.rejects(bench.call(notes.read, { id: note.id }), { reason: "CREDENTIAL_MISSING" });
  await assert.rejects(bench.call(notes.edit, { id: note.id, text: "x", version: 7 }, ann), {
    reason: "VERSION_CONFLICT",
  });
});

test("on memory too, a unit of work that fails leaves nothing, and no update is lost", async (t) => {
  const bench = await createTestApp(app, { storage: "memory" });
  t.after(() => bench.close());
  await assert.rejects(bench.call(notes.write, { text: "bad" }, ann), { reason: "INTERNAL" });
  const note = await bench.call(notes.write, { text: "0" }, ann);
  const edits = ["a", "b", "c"].map((text) => bench.call(notes.edit, { id: note.id, text, version: 1 }, ann));
  const outcomes = await Promise.allSettled(edits);
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
  assert.equal((await bench.call(notes.read, { id: note.id }, ann)).version, 2);
});

for (const storage of ["memory", "database"] as const) {
  test(`${storage}: calls with one idempotency key have one effect and one answer`, async (t) => {
    const bench = await createTestApp(app, { storage });
    t.after(() => bench.close());
    if (storage === "database")
      await bench.database.query({
        text: "create table notes (id uuid primary key, text text not null, version bigint not null)",
        values: [],
      });
    const write = (text: string, key: string, user = ann) => bench.call(notes.write, { text }, user, key);
    await assert.rejects(write("bad", "first"), { reason: "INTERNAL" });
    const calls = await Promise.allSettled(Array.from({ length: 10 }, () => write("hi", "first")));
    const answers = calls.flatMap((call) => {
      if (call.status === "fulfilled") return [call.value];
      assert.equal(call.reason.reason, "IDEMPOTENCY_IN_PROGRESS");
      return [];
    });
    const [note] = answers;
    assert.ok(note);
    for (const answer of [...answers, await write("hi", "first")]) assert.deepEqual(answer, note);
    await assert.rejects(write("ho", "first"), { reason: "IDEMPOTENCY_KEY_REUSED" });
    assert.notEqual((await write("hi", "first", { id: "bob" })).id, note.id);
    assert.notEqual((await write("hi", "second")).id, note.id);
  });
}

test("what a repository in memory cannot do is told at once: there are no events to follow", {
  timeout: 10_000,
}, async (t) => {
  const bench = await createTestApp(app, { storage: "memory" });
  t.after(() => bench.close());
  const note = await bench.call(notes.write, { text: "hi" }, ann);
  const stream = bench.stream(notes.watch, { id: note.id }, { as: ann });
  await assert.rejects(stream.next(), (error: Error) => /memory/.test(String(error.cause)));
});

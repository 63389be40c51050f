// What compiles of streams, and what must not. Checked by tsc: an unused @ts-expect-error is an error too.

import { implement } from "trivium";
import {
  bidiStream,
  clientStream,
  command,
  event,
  model,
  query,
  serverStream,
  service,
  stream,
  z,
} from "trivium/contract";

const Note = model("Note", { id: z.uuid(), text: z.string() });
const noteStream = stream("note");
const NoteWritten = event("note.written", { stream: noteStream, key: (note) => note.id, data: Note });
const NoteBurnt = event("note.burnt", {
  stream: noteStream,
  key: (burnt) => burnt.id,
  data: z.object({ id: z.string() }),
});

const notes = service(
  "notes",
  { version: 1 },
  {
    read: query({ summary: "Read", http: "GET /notes/{id}", input: { id: z.uuid() }, output: Note, access: "user" }),
    write: command({
      summary: "Write",
      http: "POST /notes",
      input: { text: z.string() },
      output: Note,
      access: "user",
    }),
    watch: serverStream({
      summary: "Watch",
      http: "GET /notes/{id}/watch",
      input: { id: z.uuid(), after: z.string().optional() },
      output: Note,
      access: "user",
    }),
    fill: clientStream({
      summary: "Fill",
      http: "POST /notes/{id}/fill",
      open: { id: z.uuid() },
      item: { text: z.string().default("") },
      output: z.object({ lines: z.int() }),
      access: "user",
    }),
    talk: bidiStream({
      summary: "Talk",
      http: "GET /talk",
      item: { text: z.string() },
      output: Note,
      access: "public",
    }),
  },
);

const note = { id: "0", text: "" };

implement(notes, {
  read: async () => note,
  write: async () => note,
  async *watch({ id, after }, ctx) {
    id satisfies string;
    after satisfies string | undefined;
    ctx.user.id satisfies string;
    for await (const live of ctx.live(noteStream, id, { after, events: [NoteWritten, NoteBurnt] })) {
      live.cursor satisfies string;
      if (live.type === "note.written") yield live.data;
      // @ts-expect-error a burnt note has no text
      else live.data.text satisfies string;
    }
    // @ts-expect-error a stream's handler has no transaction to emit in
    ctx.emit(NoteWritten, note);
  },
  async fill({ id }, items, ctx) {
    id satisfies string;
    let lines = 0;
    for await (const { text } of items) {
      text satisfies string;
      const written = await ctx.call(notes.write, { text }, { idempotencyKey: `${lines++}` });
      written.text satisfies string;
      // @ts-expect-error a stream is not called from inside
      await ctx.call(notes.watch, { id });
    }
    for await (const item of items.settled()) {
      if (item.ok) item.value.text satisfies string;
      else item.error.reason satisfies string;
    }
    return { lines };
  },
  async *talk(_open, items, ctx) {
    // @ts-expect-error public: nobody may be signed in
    ctx.user.id satisfies string;
    for await (const { text } of items) yield { ...note, text };
  },
});

implement(notes, {
  read: async () => note,
  write: async () => note,
  // @ts-expect-error what it yields is no note
  async *watch() {
    yield { id: 1 };
  },
  // @ts-expect-error a client stream answers once
  async *fill() {
    yield { lines: 1 };
  },
  async *talk() {},
});

implement(service("watching", { version: 1 }, { watch: notes.watch }), {
  // @ts-expect-error a server stream answers with an async iterable
  watch: async () => note,
});

// @ts-expect-error a client stream says what its items are
clientStream({ summary: "Nothing", http: "POST /x", access: "user" });
// @ts-expect-error a server stream says what it answers
serverStream({ summary: "Nothing", http: "GET /x", access: "user" });

// What compiles at the author's desk, and what must not. Checked by tsc: an unused @ts-expect-error is an error too.

import { createApp, implement, type Middleware, prepared } from "trivium";
import { command, event, failure, model, query, service, stream, timestamp, z } from "trivium/contract";

const Note = model("Note", { id: z.uuid(), text: z.string(), version: z.int(), createdAt: timestamp() });
const NoteNotFound = failure("NOTE_NOT_FOUND", {
  code: "NOT_FOUND",
  message: "There is no such note",
  details: { noteId: z.uuid() },
});
const Locked = failure("LOCKED", { code: "FAILED_PRECONDITION", message: "The note is locked" });
const Undeclared = failure("UNDECLARED", { code: "ABORTED", message: "Nobody said so" });
const noteStream = stream("note");
const NoteWritten = event("note.written", { stream: noteStream, key: (note) => note.id, data: Note });
const NoteBurnt = event("note.burnt", {
  stream: noteStream,
  key: (note) => note.id,
  data: z.object({ id: z.string() }),
});

const notes = service(
  "notes",
  { version: 1 },
  {
    write: command({
      summary: "Write a note",
      http: { route: "POST /notes", status: 201, location: "/notes/{id}" },
      input: { text: z.string().trim().min(1), loud: z.boolean().default(false) },
      output: Note,
      access: "user",
      failures: [Locked],
      emits: [NoteWritten],
    }),
    read: query({
      summary: "Read a note",
      http: "GET /notes/{id}",
      input: { id: z.uuid() },
      output: Note,
      access: ["public", { role: "admin" }],
      failures: [NoteNotFound],
    }),
    burn: command({
      summary: "Burn a note",
      http: "DELETE /notes/{id}",
      input: { id: z.uuid() },
      access: { role: "admin" },
    }),
  },
);

const note = { id: "0", text: "", version: 1, createdAt: "", secret: "never leaves" };

implement(notes, {
  async write({ text, loud }, ctx) {
    text satisfies string;
    loud satisfies boolean;
    ctx.user.id satisfies string;
    ctx.emit(NoteWritten, note);
    // @ts-expect-error an event that the contract does not name
    ctx.emit(NoteBurnt, note);
    // @ts-expect-error data that is not the event's
    ctx.emit(NoteWritten, { id: 1 });
    if (loud) throw ctx.fail(Locked);
    // @ts-expect-error a failure that the contract does not name
    if (loud) throw ctx.fail(Undeclared);
    const read = await ctx.call(notes.read, { id: note.id });
    read.createdAt satisfies string;
    // @ts-expect-error input of another operation
    await ctx.call(notes.read, { text });
    await ctx.try(async () => ctx.call(notes.burn, { id: note.id }));
    return note;
  },
  async read({ id }, ctx) {
    // @ts-expect-error public: nobody may be signed in
    ctx.user.id satisfies string;
    ctx.user?.id satisfies string | undefined;
    // @ts-expect-error a query emits nothing
    ctx.emit(NoteWritten, note);
    // @ts-expect-error a query calls no command
    await ctx.call(notes.burn, { id });
    // @ts-expect-error details are missing
    if (id === "") throw ctx.fail(NoteNotFound);
    throw ctx.fail(NoteNotFound, { noteId: id });
  },
  async burn(_input, ctx) {
    ctx.user.roles satisfies readonly string[];
  },
});

// @ts-expect-error handlers are missing
implement(notes, { async burn() {} });

implement(notes, {
  write: prepared(
    async ({ text }, ctx) => ctx.auth.hashPassword(text),
    async ({ text }, ctx, hash) => {
      hash satisfies string;
      text satisfies string;
      ctx.emit(NoteWritten, note);
      return note;
    },
  ),
  // @ts-expect-error an answer that is not the output
  async read() {
    return { id: "0" };
  },
  async burn() {},
});

const once = { summary: "Once", http: "POST /once", access: "user" } as const;
command({ ...once, idempotency: "required" });
command({ ...once, idempotency: "none" });
// @ts-expect-error a rule that there is not
command({ ...once, idempotency: "optional" });
// @ts-expect-error a query is repeated without a key
query({ ...once, http: "GET /once", idempotency: "required" });

// @ts-expect-error an operation without access
query({ summary: "Nobody said who", http: "GET /nobody" });

// @ts-expect-error a middleware that forgets to return what next gave
const forgetful: Middleware = async (_call, next) => {
  await next();
};
const fine: Middleware = async (call, next) => {
  call.operation.id satisfies string;
  const answer = await next();
  return answer;
};

createApp({
  name: "types",
  services: [],
  middleware: [
    { after: "errors", use: forgetful },
    { after: "validate", use: fine },
  ],
});

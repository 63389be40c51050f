// A whole service in twenty lines, as a user of the published package writes it.

import { createApp, implement, table } from "trivium";
import { command, failure, model, query, service, z } from "trivium/contract";

const Note = model("Note", { id: z.uuid(), text: z.string() });
const NoteNotFound = failure("NOTE_NOT_FOUND", { code: "NOT_FOUND", message: "There is no such note" });
const notes = service(
  "notes",
  { version: 1 },
  {
    write: command({
      summary: "Write",
      http: "POST /notes",
      input: { text: z.string() },
      output: Note,
      access: "public",
    }),
    get: query({
      summary: "Read",
      http: "GET /notes/{id}",
      input: { id: z.uuid() },
      output: Note,
      access: "public",
      failures: [NoteNotFound],
    }),
  },
);
const noteTable = table(Note, { name: "notes" });
const notesService = implement(notes, {
  write: ({ text }, ctx) => noteTable.insert(ctx, { text }),
  get: ({ id }, ctx) => noteTable.get(ctx, id, NoteNotFound),
});

export default createApp({
  name: "smoke",
  services: [notesService],
  migrations: new URL("./migrations/", import.meta.url),
});

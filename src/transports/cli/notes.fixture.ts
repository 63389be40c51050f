// A small app for the tests of this road: every shape of input and output that a command line meets.

import { errorFromFailure } from "../../contract/failure.ts";
import { bytes, command, failure, json, model, query, sensitive, service, timestamp, z } from "../../contract/index.ts";
import { createRegistry } from "../../contract/registry.ts";
import type { Service } from "../../contract/service.ts";
import type { Call, Caller } from "../../pipeline/call.ts";
import { createFixtureCaller, type ProgramRun, type RunOptions, runFixture } from "./program.fixture.ts";

export const Note = model("Note", {
  id: z.uuid(),
  text: z.string(),
  topic: z.string().optional(),
  tags: z.array(z.string()),
  private: z.boolean(),
});

const NoteNotFound = failure("NOTE_NOT_FOUND", { code: "NOT_FOUND", message: "There is no such note" });

const id = "01932c5e-7a10-7c3f-9d2a-0123456789ab";

export const notes = service(
  "notes",
  { version: 1, summary: "Notes to keep" },
  {
    write: command({
      summary: "Write a note",
      description: "Answers what the handler saw.",
      http: "POST /notes",
      input: {
        text: z.string().trim().min(1).max(2000),
        count: z.int().min(0).max(10).optional(),
        ratio: z.number().optional(),
        private: z.boolean().default(false),
        shared: z.boolean().nullish(),
        topic: z.string().nullish(),
        kind: z.enum(["draft", "final"]).default("draft"),
        tags: z.array(z.string()).optional(),
        numbers: z.array(z.int()),
        at: timestamp().optional(),
        content: bytes().optional(),
        noReply: z.string().optional(),
        version: z.int().optional(),
        pin: sensitive(z.string()).optional(),
        extra: json().optional(),
      },
      output: z.object({ saw: json() }),
      access: "public",
    }),
    get: query({
      summary: "Read a note",
      http: "GET /notes/{id}",
      input: { id: z.uuid() },
      output: Note,
      access: "user",
      failures: [NoteNotFound],
      example: { id },
    }),
    list: query({
      summary: "List notes",
      http: "GET /notes",
      input: { limit: z.int().default(20), cursor: z.string().optional() },
      output: z.object({ items: z.array(Note), nextCursor: z.string().optional() }),
      access: "public",
    }),
    remove: command({
      summary: "Remove a note",
      http: "DELETE /notes/{id}",
      input: { id: z.uuid() },
      access: "public",
      deprecated: { since: "2026-01-01", use: "notes.write" },
    }),
    wait: query({ summary: "Wait for ever", http: "GET /wait", output: Note, access: "public" }),
    flood: query({ summary: "Answer much", http: "GET /flood", output: z.array(Note), access: "public" }),
    burst: query({ summary: "Fail", http: "GET /burst", output: Note, access: "public" }),
  },
);

const secondNotes = service(
  "notes",
  { version: 2 },
  {
    get: query({
      summary: "Read a note",
      http: "GET /notes/{id}",
      input: { id: z.uuid() },
      output: Note,
      access: "user",
    }),
  },
);

/** The operations of the fixture. */
export const registry = createRegistry("note-book", [notes as unknown as Service, secondNotes as unknown as Service]); // operations are not covariant in their kind

/** What nobody may see. */
export const plantedSecret = "hunter2-planted";

type NoteRow = z.output<typeof Note>;

/** Notes that the fixture's list and get answer. */
export const rows: NoteRow[] = [
  { id, text: "plain", tags: ["a", "b"], private: false },
  { id, text: "\u001b[31mred\ttab\nline \\", topic: "日本語", tags: [], private: true },
];

type Handler = (input: never, call: Call) => unknown;

const handlers: Record<string, Handler> = {
  write: (input: object) => ({ saw: input }),
  get(input: { id: string }) {
    if (input.id !== id) throw errorFromFailure(NoteNotFound, {});
    return rows[1];
  },
  list: ({ limit }: { limit: number }) => ({
    items: rows.slice(0, limit),
    ...(limit === 1 ? { nextCursor: "it's" } : {}),
  }),
  remove: () => undefined,
  wait: () => new Promise(() => undefined),
  flood: () => Array.from({ length: 5000 }, () => rows[0]),
  burst() {
    throw new Error(plantedSecret, { cause: { sql: `select '${plantedSecret}'` } });
  },
};

/** A pipeline over the fixture; `called` hears of every call that begins. */
export function createNotesCaller(called: (call: Call) => void = () => undefined): Caller {
  return createFixtureCaller(registry, async (call) => {
    called(call);
    return handlers[call.operation.name]?.(call.input as never, call);
  });
}

/** Runs the fixture's program once, on strings. */
export function runNotes(args: readonly string[], options: RunOptions = {}): Promise<ProgramRun> {
  return runFixture({ registry, createCaller: createNotesCaller }, args, options);
}

// A small app for the tests of this road: notes, kept in memory, served through the real pipeline.

import { errorFromFailure } from "../../contract/failure.ts";
import { bytes, command, failure, json, model, query, service, timestamp, z } from "../../contract/index.ts";
import { createRegistry, type Registry } from "../../contract/registry.ts";
import type { Service } from "../../contract/service.ts";
import { appError } from "../../core/catalogue.ts";
import { uuidv7 } from "../../core/ids.ts";
import type { Call, Caller } from "../../pipeline/call.ts";
import { createPipeline } from "../../pipeline/pipeline.ts";
import type { HttpServerOptions } from "./options.ts";
import { createHttpServer, type HttpServer } from "./server.ts";

export const Note = model("Note", {
  id: z.uuid(),
  text: z.string(),
  version: z.int(),
  createdAt: timestamp(),
});

export const NoteNotFound = failure("NOTE_NOT_FOUND", {
  code: "NOT_FOUND",
  message: "There is no such note",
  details: { id: z.uuid() },
});

export const NotesClosed = failure("NOTES_CLOSED", { code: "FAILED_PRECONDITION", message: "Notes are closed" });

const kinds = ["private", "public"] as const;

/** The contract: every shape of input that the road has to carry. */
export const notes = service(
  "notes",
  { version: 1, summary: "Notes to keep" },
  {
    create: command({
      summary: "Write a note",
      http: { route: "POST /notes", status: 201, location: "/notes/{id}" },
      input: {
        text: z.string().trim().min(1).max(2000),
        kind: z.enum(kinds).default("private"),
        extra: json().optional(),
      },
      output: Note,
      access: "user",
      failures: [NotesClosed],
      example: { text: "Buy milk" },
    }),
    get: query({
      summary: "Read a note",
      http: "GET /notes/{id}",
      input: { id: z.uuid() },
      output: Note,
      access: "public",
      failures: [NoteNotFound],
      example: { id: "0198c0de-0000-7000-8000-000000000001" },
    }),
    edit: command({
      summary: "Change a note",
      http: "PATCH /notes/{id}",
      input: { id: z.uuid(), text: z.string().optional(), version: z.int() },
      output: Note,
      access: "user",
      failures: [NoteNotFound],
      versioned: true,
    }),
    remove: command({
      summary: "Remove a note",
      http: "DELETE /notes/{id}",
      input: { id: z.uuid() },
      access: "user",
      failures: [NoteNotFound],
      deprecated: { since: "2026-01-01", sunset: "2027-01-01", use: "notes.edit" },
    }),
    list: query({
      summary: "List notes",
      http: "GET /notes",
      input: {
        limit: z.int().min(1).max(100).default(20),
        ratio: z.number().optional(),
        archived: z.boolean().optional(),
        kind: z.enum(kinds).nullish(),
        tags: z.array(z.int()).optional(),
        ids: z.array(z.uuid()),
        since: timestamp().optional(),
        cursor: z.string().optional(),
      },
      output: z.object({ items: z.array(Note), input: json() }),
      access: "public",
    }),
    attach: command({
      summary: "Attach bytes to a note",
      description: "The bytes are kept beside the note.",
      http: { route: "PUT /notes/{id}/files/{number}", status: 202 },
      input: { id: z.uuid(), number: z.int().min(1), content: bytes() },
      output: z.object({ number: z.int(), size: z.int() }),
      access: [{ role: "writer" }, { scope: "notes:write" }],
    }),
    ping: command({ summary: "Do nothing", http: "POST /ping", access: "public" }),
    wait: query({
      summary: "Wait until let go",
      http: "GET /wait",
      output: z.object({ done: z.boolean() }),
      access: "public",
    }),
    burst: query({ summary: "Fail inside", http: "GET /burst", access: "public" }),
    large: query({
      summary: "Answer a lot",
      http: "GET /large",
      input: { size: z.int().min(0).max(100_000) },
      output: Note,
      access: "public",
    }),
  },
);

/** What must never leave the process. */
export const plantedSecret = "planted-secret-4711";

/** What the tests can see and steer. */
export interface NotesApp {
  readonly registry: Registry;
  readonly caller: Caller;
  /** The calls that reached a handler. */
  readonly calls: Call[];
  /** Lets `wait` answer. */
  release(): void;
  /** Resolves when a `wait` has begun; with its signal. */
  readonly waiting: Promise<AbortSignal>;
}

type NoteRow = z.output<typeof Note>;

/** A new app with an empty memory. */
export function createNotesApp(): NotesApp {
  const registry = createRegistry("notebook", [notes as unknown as Service]); // operations are not covariant in their kind
  const rows = new Map<string, NoteRow>();
  const calls: Call[] = [];
  const gate = Promise.withResolvers<void>();
  const waiting = Promise.withResolvers<AbortSignal>();
  const handlers = handlersOver(rows, gate.promise, waiting.resolve);
  const caller = createPipeline(
    registry.operations.map((operation) => ({
      operation,
      middleware: [],
      executor: {
        authorize: undefined,
        async execute(call) {
          calls.push(call);
          const handle = handlers[operation.name];
          return handle?.(call.input as never, call);
        },
      },
    })),
    {
      telemetry: { start: () => ({ run: (rest) => rest(), end: () => undefined }), message: () => undefined },
      admission: { enter: () => undefined, leave: () => undefined },
      authenticator: {
        authenticate(credential) {
          if (credential.kind === "local")
            return credential.userId === undefined ? undefined : { id: credential.userId, roles: [], scopes: [] };
          if (credential.token === "expired") throw appError("CREDENTIAL_EXPIRED");
          if (credential.token !== "good") throw appError("CREDENTIAL_INVALID");
          return { id: "user-1", roles: ["writer"], scopes: [] };
        },
      },
      times: { defaultTimeout: 10_000, maxTimeout: 60_000 },
    },
  );
  return { registry, caller, calls, release: gate.resolve, waiting: waiting.promise };
}

type Handlers = Record<string, (input: never, call: Call) => unknown>;

function handlersOver(rows: Map<string, NoteRow>, gate: Promise<void>, began: (signal: AbortSignal) => void): Handlers {
  const find = (id: string): NoteRow => {
    const row = rows.get(id);
    if (row === undefined) throw errorFromFailure(NoteNotFound, { id });
    return row;
  };
  return {
    create({ text }: { text: string }) {
      const row = { id: uuidv7(), text, version: 1, createdAt: "2026-01-02T03:04:05.678Z" };
      rows.set(row.id, row);
      return row;
    },
    get: ({ id }: { id: string }) => find(id),
    edit({ id, text, version }: { id: string; text?: string; version: number }) {
      const row = find(id);
      if (row.version !== version) throw appError("VERSION_CONFLICT");
      const changed = { ...row, text: text ?? row.text, version: version + 1 };
      rows.set(id, changed);
      return changed;
    },
    remove({ id }: { id: string }) {
      find(id);
      rows.delete(id);
    },
    list: (input: object) => ({ items: [...rows.values()], input }),
    attach: ({ number, content }: { number: number; content: string }) => ({
      number,
      size: Buffer.from(content, "base64").length,
    }),
    async wait(_input: object, call: Call) {
      began(call.signal);
      await gate;
      return { done: true };
    },
    burst() {
      throw new Error(`connection to ${plantedSecret} refused`, { cause: { sql: `select '${plantedSecret}'` } });
    },
    large: ({ size }: { size: number }) => ({
      id: "0198c0de-0000-7000-8000-000000000001",
      text: "x".repeat(size),
      version: 7,
      createdAt: "2026-01-02T03:04:05.678Z",
    }),
  };
}

/** The app's HTTP road on a free port of this machine. */
export function createNotesServer(app: NotesApp, options: Partial<HttpServerOptions> = {}): Promise<HttpServer> {
  return createHttpServer({
    registry: app.registry,
    caller: app.caller,
    host: "127.0.0.1",
    port: 0,
    info: { title: "Notebook", version: "1.2.3", license: "MIT" },
    ...options,
  });
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { event, stream } from "../../../contract/event.ts";
import { bidiStream } from "../../../contract/kinds/bidi-stream.ts";
import { clientStream } from "../../../contract/kinds/client-stream.ts";
import { command } from "../../../contract/kinds/command.ts";
import { query } from "../../../contract/kinds/query.ts";
import { serverStream } from "../../../contract/kinds/server-stream.ts";
import { model } from "../../../contract/model.ts";
import { createRegistry } from "../../../contract/registry.ts";
import { service } from "../../../contract/service.ts";
import { asyncApiDocument } from "./document.ts";

const Note = model("Note", { id: z.uuid(), text: z.string() });
const NoteKept = event("note.kept", { stream: stream("note"), key: ({ id }) => id, data: Note, version: 2 });
const input = { id: z.uuid() };

const notes = service(
  "notes",
  { version: 1 },
  {
    keep: command({ summary: "Keep", http: "POST /notes", output: Note, access: "user", emits: [NoteKept] }),
    read: query({ summary: "Read", http: "GET /notes/{id}", input, output: Note, access: "user" }),
    watch: serverStream({
      summary: "Watch",
      http: "GET /notes/{id}/watch",
      input: { ...input, after: z.string().optional() },
      output: Note,
      access: "public",
    }),
    find: serverStream({
      summary: "Find",
      http: "POST /find",
      input: { words: z.array(z.string()) },
      output: Note,
      access: "user",
    }),
    load: clientStream({
      summary: "Load",
      http: "POST /load",
      item: { text: z.string() },
      output: Note,
      access: "user",
    }),
    talk: bidiStream({
      summary: "Talk",
      http: "GET /talk",
      open: { as: z.string() },
      item: { text: z.string() },
      output: Note,
      access: "user",
    }),
  },
);

interface Document {
  readonly channels: Record<string, Record<string, unknown>>;
  readonly operations: Record<
    string,
    { action: string; messages: { $ref: string }[]; security?: unknown; bindings?: unknown }
  >;
  readonly components: { readonly messages: Record<string, { payload: unknown; headers?: unknown }>; schemas: object };
}

const document = asyncApiDocument(createRegistry("jot", [notes]), {
  title: "jot",
  version: "1.0.0",
}) as unknown as Document;
const note = { $ref: "#/components/schemas/Note" };

test("streams and events have channels; queries and commands have none", () => {
  assert.deepEqual(Object.keys(document.channels), [
    "notes.watch",
    "notes.find",
    "notes.load",
    "notes.talk",
    "events.note",
  ]);
  assert.equal(document.channels["notes.watch"]?.address, "/v1/notes/{id}/watch");
  assert.deepEqual(Object.keys(document.components.schemas), ["Problem", "Violation", "Note"]);
});

test("each kind says what it receives and what it sends, with its marks", () => {
  const heard = Object.entries(document.operations).map(([name, { action, messages }]) => [
    name,
    action,
    messages.map(({ $ref }) => $ref.slice($ref.lastIndexOf("/") + 1)),
  ]);
  assert.deepEqual(heard, [
    ["notes.watch.send", "send", ["notes.watch.output", "stream.end", "stream.error"]],
    ["notes.find.receive", "receive", ["notes.find.input"]],
    ["notes.find.send", "send", ["notes.find.output", "stream.end", "stream.error"]],
    ["notes.load.receive", "receive", ["notes.load.item"]],
    ["notes.load.send", "send", ["notes.load.output"]],
    ["notes.talk.receive", "receive", ["notes.talk.item", "stream.end"]],
    ["notes.talk.send", "send", ["notes.talk.output", "stream.end", "stream.error"]],
    ["events.note", "send", ["note.kept"]],
  ]);
});

test("every reference leads somewhere", () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? "");
  assert.ok(references.length > 20);
  for (const path of references) {
    const target = path
      .split("/")
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
    assert.notEqual(target, undefined, path);
  }
});

test("messages are framed where the road frames them, and bare where it does not", () => {
  const { messages } = document.components;
  const framed = { type: "object", properties: { item: note }, required: ["item"] };
  assert.deepEqual(messages["notes.watch.output"]?.payload, framed);
  assert.deepEqual(messages["notes.talk.output"]?.payload, framed);
  assert.deepEqual(messages["notes.load.output"]?.payload, note);
});

test("what opens a stream stands in the query string, and a credential is asked for where one is needed", () => {
  const bindings = {
    http: {
      method: "GET",
      query: { type: "object", properties: { after: { type: "string" } } },
      bindingVersion: "0.3.0",
    },
  };
  assert.deepEqual(document.operations["notes.watch.send"]?.bindings, bindings);
  assert.equal(document.operations["notes.watch.send"]?.security, undefined);
  assert.deepEqual(document.operations["notes.talk.send"]?.security, [{ $ref: "#/components/securitySchemes/bearer" }]);
  const query = { type: "object", properties: { as: { type: "string" } }, required: ["as"] };
  assert.deepEqual(document.channels["notes.talk"]?.bindings, {
    ws: { method: "GET", query, bindingVersion: "0.1.0" },
  });
});

test("an event is a CloudEvent with its data as the payload", () => {
  const { payload, headers } = document.components.messages["note.kept"] ?? {};
  assert.deepEqual(payload, note);
  assert.match(JSON.stringify(headers), /"ce_type":\{"const":"note.kept"\}/);
  assert.equal(document.channels["events.note"]?.address, "note");
});

test("an app without streams and events has a document without channels", () => {
  const { channels, components } = asyncApiDocument(createRegistry("none", []), { title: "none", version: "1" });
  assert.deepEqual([channels, components], [{}, { messages: {}, schemas: {} }]);
});

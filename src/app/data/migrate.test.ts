import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { model } from "../../contract/model.ts";
import { timestamp } from "../../contract/schema.ts";
import { table } from "../../repository/table.ts";
import { freshEmbedded } from "../../testing/fresh-embedded.ts";
import { type AppDefinition, createApp } from "../app.ts";
import { prepareSchema } from "./migrate.ts";

const Note = model("Note", { id: z.uuid(), text: z.string(), createdAt: timestamp() });
const configuration = { environment: "development", databaseUrl: undefined, redisUrl: undefined } as const;

/** Starts an app with one migration on fresh data, as far as its schema. */
async function prepare(t: TestContext, migration: string, tables: AppDefinition["tables"]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "trivium-migrate-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "0001_notes.sql"), migration);
  const database = await freshEmbedded();
  t.after(() => database.close());
  const app = createApp({ name: "jot", services: [], migrations: pathToFileURL(`${folder}/`), tables: tables ?? [] });
  await prepareSchema(app, { kind: "embedded", database }, configuration, { info: () => undefined });
}

test("an app starts on the columns of its migrations", async (t) => {
  const columns = "id uuid primary key, text text not null, created_at timestamptz(3) not null";
  await prepare(t, `create table notes (${columns})`, [table(Note, { name: "notes" })]);
});

test("an app whose migrations do not make the columns of its tables does not start, and all are told", async (t) => {
  const notes = "create table notes (id uuid primary key, created_at timestamptz not null)";
  await assert.rejects(prepare(t, notes, [table(Note, { name: "notes" }), table(Note, { name: "drafts" })]), {
    name: "SetupError",
    problems: [
      'table "notes": it has no column text for the field text',
      'table "notes": the column created_at is timestamp with time zone, the field createdAt needs timestamptz(3)',
      'table "drafts" is not there: add a migration that makes it',
    ],
  });
});

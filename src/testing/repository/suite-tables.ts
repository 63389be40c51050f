// The tables that the repository suite works on, and their SQL.

import { z } from "zod";
import { failure } from "../../contract/failure.ts";
import { model } from "../../contract/model.ts";
import { bytes, duration, json, timestamp } from "../../contract/schema.ts";
import { type RowOf, table } from "../../repository/table.ts";

const Note = model("SuiteNote", {
  id: z.uuid(),
  folderId: z.uuid(),
  title: z.string(),
  body: z.string().optional(),
  colour: z.enum(["red", "green"]).nullable(),
  rank: z.int(),
  score: z.number().default(0.5),
  pinned: z.boolean().default(false),
  dueAt: timestamp().nullish(),
  takes: duration().optional(),
  image: bytes().optional(),
  tags: z.array(z.string()),
  extra: json(),
  origin: z.object({ page: z.int() }).optional(),
  version: z.int(),
  createdAt: timestamp(),
  updatedAt: timestamp(),
});

/** Every kind of field, versions, a partition, a private column and a unique set. */
export const noteTable = table(Note, {
  name: "suite.notes",
  version: "version",
  partitions: ["folderId"],
  columns: { secretHash: z.string() },
  unique: [["folderId", "title"]],
});

/** A row of `noteTable`. */
export type Note = RowOf<typeof noteTable>;

/** A key of two fields, no version and no dates. */
export const memberTable = table(model("SuiteMember", { folderId: z.uuid(), userId: z.uuid(), role: z.string() }), {
  name: "suite.members",
  key: ["folderId", "userId"],
});

/** A key that is a number. */
export const lineTable = table(model("SuiteLine", { number: z.int(), text: z.string() }), {
  name: "suite.lines",
  key: "number",
});

/** What an SQL database needs for the suite: statements to run one after the other. */
export const suiteSchema: readonly string[] = [
  "create schema suite",
  `create table suite.notes (
    id uuid primary key, folder_id uuid not null, title text not null, body text, colour text, rank bigint not null,
    score double precision not null, pinned boolean not null, due_at timestamptz(3), takes text, image bytea,
    tags jsonb not null, extra jsonb not null, origin jsonb, version integer not null,
    created_at timestamptz(3) not null, updated_at timestamptz(3) not null, secret_hash text not null,
    unique (folder_id, title)
  )`,
  `create table suite.members (
    folder_id uuid not null, user_id uuid not null, role text not null, primary key (folder_id, user_id)
  )`,
  "create table suite.lines (number integer primary key, text text not null)",
];

export const NoteNotFound = failure("SUITE_NOTE_NOT_FOUND", {
  code: "NOT_FOUND",
  message: "There is no such note",
  details: { id: z.uuid() },
});

export const NotAMember = failure("SUITE_NOT_A_MEMBER", {
  code: "PERMISSION_DENIED",
  message: "Only members may",
  details: { folderId: z.uuid() },
});

export const TitleTaken = failure("SUITE_TITLE_TAKEN", {
  code: "ALREADY_EXISTS",
  message: "There is a note of this title",
  details: { title: z.string() },
});

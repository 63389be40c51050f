// The SQL source under the repository suite: on the embedded database and on a PostgreSQL server.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { createPostgresDatabase } from "../../adapters/postgres/index.ts";
import type { Database } from "../../database/database.ts";
import type { Statement } from "../../database/statement.ts";
import { freshEmbedded } from "../../testing/fresh-embedded.ts";
import { startPostgres } from "../../testing/postgres/start-postgres.ts";
import { noteTable } from "../../testing/repository/suite-tables.ts";
import { contextOf, inUnit, noteValues } from "../../testing/repository/suite-units.ts";
import { type RepositorySubject, repositorySuite, suiteSchema } from "../../testing/repository-suite.ts";
import { sqlRowSource } from "./sql-rows.ts";

interface Opened {
  readonly database: Database;
  close(): Promise<void>;
}

async function openEmbedded(): Promise<Opened> {
  const database = await freshEmbedded();
  return { database, close: () => database.close() };
}

async function openServer(): Promise<Opened> {
  const server = await startPostgres();
  const { url, drop } = await server.createDatabase();
  const database = await createPostgresDatabase({ url });
  const close = async (): Promise<void> => {
    await database.close();
    await drop();
    await server.stop();
  };
  return { database, close };
}

function subjectOf(database: Database, features: RepositorySubject["features"]): RepositorySubject {
  const begin: RepositorySubject["begin"] = async () => {
    const transaction = await database.begin({ isolation: "read committed" });
    return {
      rows: sqlRowSource((statement) => transaction.query(statement)),
      commit: () => transaction.commit(),
      rollback: () => transaction.rollback(),
    };
  };
  return { features, begin };
}

const databases = [
  { name: "embedded database", open: openEmbedded, concurrentUnits: false },
  { name: "PostgreSQL server", open: openServer, concurrentUnits: true },
];

for (const { name, open, concurrentUnits } of databases) {
  describe(name, () => {
    const features = { concurrentUnits, sql: true };
    let opened: Opened;
    before(async () => {
      opened = await open();
      for (const text of suiteSchema) await opened.database.query({ text, values: [] });
    });
    after(() => opened?.close());

    repositorySuite({ test, features, subject: () => subjectOf(opened.database, features) });

    test("a page uses an index for its filter, its order and its position", async () => {
      const { database } = opened;
      await database.query({
        text: "create index notes_by_rank on suite.notes (folder_id, rank desc, id desc)",
        values: [],
      });
      const filler = `insert into suite.notes select gen_random_uuid(), '${randomUUID()}', n::text, null, null, n, 0, false,
        null, null, null, '[]', '{}', null, 1, now(), now(), '' from generate_series(1, 3000) n`;
      await database.query({ text: filler, values: [] });
      const statements: Statement[] = [];
      const rows = sqlRowSource((statement) => {
        statements.push(statement);
        return database.query(statement);
      });
      const folderId = randomUUID();
      await inUnit(subjectOf(database, features), async (ctx) => {
        for (const rank of [1, 2, 3]) await noteTable.insert(ctx, noteValues({ folderId, rank }));
      });
      await database.query({ text: "analyze suite.notes", values: [] });
      const request = { where: { folderId }, order: "-rank", limit: 1 } as const;
      const { nextCursor } = await noteTable.page(contextOf(rows), request);
      await noteTable.page(contextOf(rows), { ...request, cursor: nextCursor });
      const { text = "", values = [] } = statements.at(-1) ?? {};
      const plan = await database.query({ text: `explain ${text}`, values });
      const lines = plan.rows.map((row) => String(row["QUERY PLAN"])).join("\n");
      assert.match(lines, /Index Scan using notes_by_rank/);
      assert.match(lines, /Index Cond:.*folder_id.*ROW\(rank, id\) </);
      assert.doesNotMatch(lines, /Sort|Filter/);
    });

    test("find, insert, update, remove and page are prepared under one name per text", async () => {
      const statements: Statement[] = [];
      const rows = sqlRowSource((statement) => {
        statements.push(statement);
        return opened.database.query(statement);
      });
      const ctx = contextOf(rows);
      for (let round = 0; round < 2; round++) {
        const note = await noteTable.insert(ctx, noteValues());
        await noteTable.update(ctx, note.id, { rank: 1 }, { version: 1 });
        await noteTable.find(ctx, note.id);
        await noteTable.page(ctx, { where: { folderId: note.folderId }, limit: 1 });
        await noteTable.remove(ctx, note.id);
      }
      assert.equal(statements.length, 10);
      const texts = new Set(statements.map((statement) => statement.text));
      const names = new Set(statements.map((statement) => statement.name));
      assert.deepEqual([texts.size, names.size, names.has(undefined)], [5, 5, false]);
    });
  });
}

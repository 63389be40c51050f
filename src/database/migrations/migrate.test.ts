import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { createPostgresDatabase } from "../../adapters/postgres/index.ts";
import { SetupError } from "../../core/setup-error.ts";
import { freshEmbedded } from "../../testing/fresh-embedded.ts";
import { startPostgres, type TestPostgres } from "../../testing/postgres/start-postgres.ts";
import type { Database } from "../database.ts";
import { sql } from "../statement.ts";
import { migrateUp, migrationStatus } from "./migrate.ts";
import { newMigration } from "./migration-folder.ts";

let server: TestPostgres;

before(async () => {
  server = await startPostgres();
});

after(() => server.stop());

/** A fresh, empty database. */
type Open = (context: TestContext) => Promise<Database>;

const adapters: Readonly<Record<string, Open>> = {
  embedded: async (context) => {
    const database = await freshEmbedded();
    context.after(() => database.close());
    return database;
  },
  postgres: async (context) => {
    const data = await server.createDatabase();
    const database = await createPostgresDatabase({ url: data.url });
    context.after(async () => {
      await database.close();
      await data.drop();
    });
    return database;
  },
};

async function folderOf(context: TestContext, files: Readonly<Record<string, string>>): Promise<URL> {
  const path = await mkdtemp(join(tmpdir(), "trivium-migrations-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return pathToFileURL(path);
}

async function write(folder: URL, name: string, text: string): Promise<void> {
  await writeFile(new URL(name, `${folder.href}/`), text);
}

function refused(promise: Promise<unknown>, ...messages: readonly RegExp[]): Promise<void> {
  return assert.rejects(promise, (error) => {
    assert.ok(error instanceof SetupError, String(error));
    for (const message of messages) assert.match(error.message, message);
    return true;
  });
}

const one = { "0001_one.sql": "create table one (id int);\ninsert into one values (1);" };
const two = { "0002_two.sql": "create table two (id int); -- semicolons; in text ';'" };

async function states(database: Database, folder: URL): Promise<string[]> {
  const status = await migrationStatus(database, folder);
  return status.filter((row) => row.ledger === "app").map((row) => `${row.number} ${row.name} ${row.state}`);
}

for (const [adapter, open] of Object.entries(adapters)) {
  describe(`migrations on ${adapter}`, () => {
    test("run once, in order, the foundation's first; status tells what is pending", async (context) => {
      const database = await open(context);
      const folder = await folderOf(context, { ...one, "readme.txt": "" });
      assert.deepEqual(await states(database, folder), ["1 one pending"]);
      const ran = await migrateUp(database, folder);
      assert.deepEqual(
        ran.map((row) => row.ledger),
        [...ran.slice(1).map(() => "trivium"), "app"],
      );
      assert.ok(ran.every((row) => row.state === "applied" && row.appliedAt !== undefined));
      await write(folder, "0002_two.sql", two["0002_two.sql"]);
      assert.deepEqual(await states(database, folder), ["1 one applied", "2 two pending"]);
      assert.deepEqual(
        (await migrateUp(database, folder)).map((row) => row.name),
        ["two"],
      );
      assert.deepEqual(await migrateUp(database, folder), []);
      assert.deepEqual((await database.query(sql`select count(*) as n from one`)).rows, [{ n: 1 }]);
    });

    test("a changed one is refused and nothing runs; other line ends are no change", async (context) => {
      const database = await open(context);
      const folder = await folderOf(context, one);
      await migrateUp(database, folder);
      await write(folder, "0001_one.sql", one["0001_one.sql"].replaceAll("\n", "\r\n"));
      assert.deepEqual(await migrateUp(database, folder), []);
      await write(folder, "0001_one.sql", "create table other (id int)");
      await write(folder, "0002_two.sql", two["0002_two.sql"]);
      assert.deepEqual(await states(database, folder), ["1 one changed", "2 two pending"]);
      await refused(migrateUp(database, folder), /app 0001_one was changed after it was applied on 20.*restore/);
      assert.deepEqual((await database.query(sql`select to_regclass('two') as two`)).rows, [{ two: null }]);
    });

    test("an applied one that the code lacks is refused, and status calls it unknown", async (context) => {
      const database = await open(context);
      await migrateUp(database, await folderOf(context, { ...one, ...two }));
      const older = await folderOf(context, one);
      assert.deepEqual(await states(database, older), ["1 one applied", "2 two unknown"]);
      await refused(migrateUp(database, older), /app 0002_two was applied on .* does not have it/);
    });

    test("one that was skipped is refused: it would run after those it should come before", async (context) => {
      const database = await open(context);
      const folder = await folderOf(context, { ...one, ...two });
      await migrateUp(database, folder);
      await database.query(sql`delete from trivium.migration where ledger = 'app' and number = 1`);
      await refused(migrateUp(database, folder), /app 0001_one was never applied, but a later one was/);
    });

    test("one that fails is rolled back whole, named with its line; those before it stay", async (context) => {
      const database = await open(context);
      const broken = "create table half (id int);\n\ncreate table half2 (id nonsense);";
      const folder = await folderOf(context, { ...one, "0002_broken.sql": broken });
      await refused(migrateUp(database, folder), /app 0002_broken failed at line 3: type "nonsense" does not exist/);
      assert.deepEqual(await states(database, folder), ["1 one applied", "2 broken pending"]);
      assert.deepEqual((await database.query(sql`select to_regclass('half') as half`)).rows, [{ half: null }]);
    });

    test("several that start at once run each migration once", async (context) => {
      const database = await open(context);
      const folder = await folderOf(context, { ...one, ...two });
      const runs = await Promise.all([1, 2, 3].map(() => migrateUp(database, folder)));
      const names = runs.flat().map((row) => `${row.ledger} ${row.name}`);
      assert.equal(new Set(names).size, names.length);
      assert.ok(names.includes("app one") && names.includes("app two"));
    });
  });
}

test("a folder's wrong files are all named", async (context) => {
  const database = await freshEmbedded();
  context.after(() => database.close());
  const folder = await folderOf(context, {
    ...one,
    "0003_gap.sql": "select 1",
    "3_short.sql": "select 1",
    "0004_own.sql": "begin;\nselect 1;\ncommit;",
  });
  await refused(
    migrateUp(database, folder),
    /0003_gap.sql: its number should be 0002/,
    /3_short.sql: a migration is named like/,
    /0004_own.sql: remove BEGIN and COMMIT/,
  );
});

test("a new migration is numbered after the last; its name is checked", async (context) => {
  const folder = await folderOf(context, one);
  const file = await newMigration(folder, "add_channels");
  assert.ok(file.pathname.endsWith("/0002_add_channels.sql"));
  await refused(newMigration(folder, "Add Channels"), /lower-case letters, digits and underscores/);
  await refused(newMigration(folder, "../up"), /lower-case/);
  const missing = new URL("made/", `${folder.href}/`);
  await newMigration(missing, "first");
  assert.deepEqual(await readdir(missing), ["0001_first.sql"]);
});

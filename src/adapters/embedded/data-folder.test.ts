import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { SetupError } from "../../core/setup-error.ts";
import { sql } from "../../database/statement.ts";
import { createEmbeddedDatabase, FolderOwnedError } from "./embedded-database.ts";

let parent: string;

before(async () => {
  parent = await mkdtemp(join(tmpdir(), "trivium-data-"));
});

after(() => rm(parent, { recursive: true, force: true }));

function refused(folder: string, message: RegExp): Promise<void> {
  return assert.rejects(createEmbeddedDatabase({ folder }), (error) => {
    assert.ok(error instanceof SetupError, String(error));
    assert.match(error.message, message);
    assert.match(error.message, /TRIVIUM_DATA_DIR/);
    return true;
  });
}

/** A process that owns the folder and writes rows; with the ids that it has said are committed. */
async function startOwner(
  folder: string,
): Promise<{ child: ChildProcess; committed: number[]; ended: Promise<unknown> }> {
  const script = fileURLToPath(new URL("./owner-process.fixture.ts", import.meta.url));
  const child = spawn(
    process.execPath,
    [...process.execArgv, "--disable-warning=ExperimentalWarning", script, folder],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const committed: number[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => committed.push(Number(line)));
  const ended = once(lines, "close");
  await once(lines, "line");
  return { child, committed, ended };
}

test("an owned folder is refused with its owner's pid and address; when the owner is killed, all it committed is there", async () => {
  const folder = join(parent, "killed");
  // What a first start leaves behind that was killed while it made the database.
  await mkdir(join(folder, "pgdata.unfinished", "base"), { recursive: true });
  await writeFile(join(folder, "pgdata.unfinished", "PG_VERSION"), "18\n");
  const { child, committed, ended } = await startOwner(folder);
  await refused(folder, new RegExp(`process ${child.pid}, which listens at http://127.0.0.1:8080`));
  await assert.rejects(createEmbeddedDatabase({ folder }), (error) => {
    return error instanceof FolderOwnedError && error.owner?.secret === "the-secret";
  });
  child.kill("SIGKILL");
  await ended;
  const database = await createEmbeddedDatabase({ folder });
  const { rows } = await database.query(sql`select id from entry order by id`);
  await database.close();
  const kept = rows.map((row) => row.id as number);
  assert.deepEqual(kept.slice(0, committed.length), committed);
  assert.ok(kept.length <= committed.length + 1, "a row that nobody wrote");
});

test("a folder that cannot be used is refused", async () => {
  const file = join(parent, "file");
  await writeFile(file, "");
  await refused(file, /has a file where a folder is needed.*\(EEXIST\)/);
  await refused(join(file, "below"), /has a file where a folder is needed.*\(ENOTDIR\)/);
});

test("a folder in which something else stands in the place of its files is refused, and is not kept locked", async () => {
  const folder = join(parent, "taken");
  const place = async (name: string, message: RegExp): Promise<void> => {
    await mkdir(join(folder, name, "below"), { recursive: true });
    await refused(folder, message);
    await rm(join(folder, name), { recursive: true });
  };
  await place("owner.lock", /owner\.lock or owner\.json .* cannot be used \(unable to open database file\)/);
  await place("owner.json", /owner\.lock or owner\.json .* cannot be used/);
  await writeFile(
    join(folder, "owner.lock"),
    "no lock at all, but text enough to be more than a header would be".repeat(40),
  );
  await refused(folder, /cannot be used \(file is not a database\)/);
  await rm(join(folder, "owner.lock"));
  await writeFile(join(folder, "pgdata"), "");
  await refused(folder, /pgdata has a file where a folder is needed/);
  await rm(join(folder, "pgdata"));
  await (await createEmbeddedDatabase({ folder })).close();
});

test("the data directory of a server, and data of another version, are refused", async () => {
  const server = join(parent, "server");
  await mkdir(server);
  await writeFile(join(server, "PG_VERSION"), "18\n");
  await refused(server, /is the data directory of a PostgreSQL server/);
  const old = join(parent, "old", "pgdata");
  await mkdir(old, { recursive: true });
  await writeFile(join(old, "PG_VERSION"), "17\n");
  await refused(join(parent, "old"), /was written by PostgreSQL 17, and this version of PGlite is PostgreSQL 18/);
});

test("a damaged database is refused, and the folder is free again", async () => {
  const folder = join(parent, "damaged");
  await mkdir(join(folder, "pgdata"), { recursive: true });
  await writeFile(join(folder, "pgdata", "PG_VERSION"), "18\n");
  await refused(folder, /cannot be opened/);
  await refused(folder, /cannot be opened/);
});

// The contract suite of the repository port: what every source of rows keeps, whatever holds them.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { isAppError } from "../core/app-error.ts";
import { DatabaseError } from "../database/database-error.ts";
import { pageSuite } from "./repository/page-suite.ts";
import { propertySuite } from "./repository/property-suite.ts";
import { lineTable, memberTable, NotAMember, NoteNotFound, noteTable, TitleTaken } from "./repository/suite-tables.ts";
import { contextOf, inUnit, noon, noteValues, type RepositorySuite } from "./repository/suite-units.ts";

export { suiteSchema } from "./repository/suite-tables.ts";
export type { RepositorySubject, RepositorySuite } from "./repository/suite-units.ts";

/**
 * Every test of the repository port. The subject is an empty source; where it is SQL, with the statements of `suiteSchema` run. Tests
 * share it and make data of their own. The property tests load the package fast-check.
 *
 * @example repositorySuite({ test, subject: () => subject, features: { concurrentUnits: true, sql: true } });
 */
export function repositorySuite(suite: RepositorySuite): void {
  rowSuite(suite);
  versionSuite(suite);
  unitSuite(suite);
  pageSuite(suite);
  propertySuite(suite);
}

const reason = (expected: string) => (error: unknown) => isAppError(error) && error.reason === expected;

function rowSuite({ test, subject }: RepositorySuite): void {
  test("an insert gives id, times, version and defaults, and answers the row that is found", {}, async () => {
    const inserted = await inUnit(subject(), (ctx) => noteTable.insert(ctx, noteValues({ rank: 7 })));
    assert.match(inserted.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    assert.equal(inserted.createdAt, "2026-11-22T12:00:00.000Z");
    assert.equal(inserted.updatedAt, inserted.createdAt);
    assert.deepEqual([inserted.version, inserted.score, inserted.pinned, inserted.rank], [1, 0.5, false, 7]);
    assert.deepEqual(inserted.tags, ["a", "b"]);
    assert.deepEqual(inserted.extra, { deep: [1, null, "x"] });
    assert.deepEqual(await inUnit(subject(), (ctx) => noteTable.find(ctx, inserted.id)), inserted);
  });

  test("a missing value is absent where it is optional, null where it is nullable", {}, async () => {
    const inserted = await inUnit(subject(), (ctx) => noteTable.insert(ctx, noteValues()));
    const found = await inUnit(subject(), (ctx) => noteTable.find(ctx, inserted.id));
    for (const row of [inserted, found]) {
      assert.ok(row !== undefined);
      for (const name of ["body", "takes", "image", "origin"]) assert.ok(!(name in row), name);
      assert.deepEqual([row.colour, row.dueAt], [null, null]);
    }
  });

  test("JSON null is a value where the field is required", {}, async () => {
    const inserted = await inUnit(subject(), (ctx) => noteTable.insert(ctx, { ...noteValues(), extra: null }));
    assert.equal(inserted.extra, null);
    assert.deepEqual(await inUnit(subject(), (ctx) => noteTable.find(ctx, inserted.id)), inserted);
  });

  test("a row that is not there is undefined, or the failure with the key as its details", {}, async () => {
    const id = randomUUID();
    const key = { folderId: randomUUID(), userId: randomUUID() };
    await inUnit(subject(), async (ctx) => {
      assert.equal(await noteTable.find(ctx, id), undefined);
      await assert.rejects(noteTable.get(ctx, id, NoteNotFound), { reason: "SUITE_NOTE_NOT_FOUND", details: { id } });
      const { folderId } = key;
      await assert.rejects(memberTable.get(ctx, key, NotAMember), { code: "PERMISSION_DENIED", details: { folderId } });
      await assert.rejects(noteTable.get(ctx, id, NotAMember, { folderId }), { details: { folderId } });
      assert.equal(await lineTable.find(ctx, Number.MAX_SAFE_INTEGER), undefined);
    });
  });

  test("an update changes what it names, clears what it sets to null, and leaves the rest", {}, async () => {
    const values = noteValues({ body: "text", colour: "red" });
    const before = await inUnit(subject(), (ctx) => noteTable.insert(ctx, values));
    const after = await inUnit(
      subject(),
      (ctx) => noteTable.update(ctx, before.id, { title: "New", body: null, colour: undefined, tags: [] }),
      noon + 1500,
    );
    const { body: _, ...rest } = before;
    const updatedAt = "2026-11-22T12:00:01.500Z";
    assert.deepEqual(after, { ...rest, title: "New", tags: [], version: 2, updatedAt });
    assert.deepEqual(await inUnit(subject(), (ctx) => noteTable.find(ctx, before.id)), after);
  });

  test("a key of several fields finds, changes and removes exactly its row", {}, async () => {
    const folderId = randomUUID();
    const [ann, bob] = [randomUUID(), randomUUID()];
    await inUnit(subject(), async (ctx) => {
      const removed = await memberTable.insert(ctx, { folderId, userId: ann, role: "owner" });
      await memberTable.insert(ctx, { folderId, userId: bob, role: "guest" });
      await memberTable.update(ctx, { folderId, userId: bob }, { role: "editor" });
      assert.equal((await memberTable.find(ctx, { folderId, userId: ann }))?.role, "owner");
      assert.deepEqual(await memberTable.remove(ctx, { folderId, userId: ann }), removed);
      assert.equal(await memberTable.remove(ctx, { folderId, userId: ann }), undefined);
      assert.equal((await memberTable.find(ctx, { folderId, userId: bob }))?.role, "editor");
    });
  });

  test("an update of nothing answers the row, and knows a missing one", {}, async () => {
    const number = 1 + Math.floor(Math.random() * 2 ** 30);
    await inUnit(subject(), async (ctx) => {
      const line = await lineTable.insert(ctx, { number, text: "one" });
      assert.deepEqual(await lineTable.update(ctx, number, {}), line);
      await assert.rejects(lineTable.update(ctx, number + 1, {}), reason("ROW_NOT_FOUND"));
    });
  });

  test("a broken unique constraint is ALREADY_EXISTS with its name, or the caller's failure", {}, async () => {
    const note = await inUnit(subject(), (ctx) => noteTable.insert(ctx, noteValues()));
    const again = noteValues({ folderId: note.folderId, title: note.title });
    await assert.rejects(
      inUnit(subject(), (ctx) => noteTable.insert(ctx, again)),
      (error) => {
        assert.ok(reason("ALREADY_EXISTS")(error) && error instanceof Error && error.cause instanceof DatabaseError);
        assert.match(error.cause.constraint ?? "", /notes_folder_id_title_key$/);
        return true;
      },
    );
    await assert.rejects(
      inUnit(subject(), (ctx) => noteTable.insert(ctx, again, { duplicate: TitleTaken })),
      { reason: "SUITE_TITLE_TAKEN", details: { title: note.title } },
    );
    await assert.rejects(
      inUnit(subject(), (ctx) => noteTable.insert(ctx, { ...noteValues(), id: note.id })),
      reason("ALREADY_EXISTS"),
    );
    const other = await inUnit(subject(), (ctx) => noteTable.insert(ctx, noteValues({ folderId: note.folderId })));
    await assert.rejects(
      inUnit(subject(), (ctx) => noteTable.update(ctx, other.id, { title: note.title }, { duplicate: TitleTaken })),
      reason("SUITE_TITLE_TAKEN"),
    );
  });
}

function versionSuite({ test, subject }: RepositorySuite): void {
  test("a write against another version than the row's is VERSION_CONFLICT and changes nothing", {}, async () => {
    const note = await inUnit(subject(), (ctx) => noteTable.insert(ctx, noteValues()));
    const edited = await inUnit(subject(), (ctx) => noteTable.update(ctx, note.id, { rank: 1 }, { version: 1 }));
    assert.equal(edited.version, 2);
    await inUnit(subject(), async (ctx) => {
      await assert.rejects(noteTable.update(ctx, note.id, { rank: 2 }, { version: 1 }), reason("VERSION_CONFLICT"));
      await assert.rejects(noteTable.remove(ctx, note.id, { version: 1 }), reason("VERSION_CONFLICT"));
      assert.deepEqual(await noteTable.find(ctx, note.id), edited);
      assert.deepEqual(await noteTable.remove(ctx, note.id, { version: 2 }), edited);
    });
  });

  test("a versioned write to a row that is not there is not a conflict", {}, async () => {
    const id = randomUUID();
    await inUnit(subject(), async (ctx) => {
      await assert.rejects(noteTable.update(ctx, id, {}, { version: 1 }), reason("ROW_NOT_FOUND"));
      await assert.rejects(noteTable.update(ctx, id, {}), reason("ROW_NOT_FOUND"));
      const missing = noteTable.update(ctx, id, { rank: 1 }, { version: 1, missing: NoteNotFound });
      await assert.rejects(missing, { reason: "SUITE_NOTE_NOT_FOUND", details: { id } });
      assert.equal(await noteTable.remove(ctx, id, { version: 1 }), undefined);
    });
  });
}

function unitSuite({ test, subject, features }: RepositorySuite): void {
  test("a unit sees its own writes, also in pages", {}, async () => {
    const folderId = randomUUID();
    await inUnit(subject(), async (ctx) => {
      const first = await noteTable.insert(ctx, noteValues({ folderId }));
      const second = await noteTable.insert(ctx, noteValues({ folderId }));
      const changed = await noteTable.update(ctx, first.id, { rank: 5 });
      const { items } = await noteTable.page(ctx, { where: { folderId }, limit: 10 });
      assert.deepEqual(items, [second, changed]);
      await noteTable.remove(ctx, second.id);
      assert.equal(await noteTable.find(ctx, second.id), undefined);
    });
  });

  test("a rollback leaves nothing", {}, async () => {
    const note = await inUnit(subject(), (ctx) => noteTable.insert(ctx, noteValues()));
    const unit = await subject().begin();
    const ctx = contextOf(unit.rows);
    const other = await noteTable.insert(ctx, noteValues());
    await noteTable.remove(ctx, note.id);
    await unit.rollback();
    await inUnit(subject(), async (after) => {
      assert.deepEqual(await noteTable.find(after, note.id), note);
      assert.equal(await noteTable.find(after, other.id), undefined);
    });
  });

  const skip = features.concurrentUnits ? false : "one unit at a time";
  test("other units see a unit's writes when it has committed, not before", { skip }, async () => {
    const unit = await subject().begin();
    const note = await noteTable.insert(contextOf(unit.rows), noteValues());
    const look = () => inUnit(subject(), (ctx) => noteTable.find(ctx, note.id));
    assert.equal(await look(), undefined);
    await unit.commit();
    assert.deepEqual(await look(), note);
  });

  test("a row that a unit has locked is not changed before it ends, or it does not commit", { skip }, async () => {
    const { id, body } = await inUnit(subject(), (ctx) => noteTable.insert(ctx, noteValues()));
    const unit = await subject().begin();
    assert.equal((await noteTable.find(contextOf(unit.rows), id, { lock: "share" }))?.body, body);
    const ended: string[] = [];
    const change = inUnit(subject(), (ctx) => noteTable.update(ctx, id, { body: "changed" })).then(() =>
      ended.push("change"),
    );
    await Promise.race([change, delay(100)]); // on a source with locks it waits
    await unit.commit().then(
      () => ended.push("unit"),
      (error: unknown) => assert.equal(error instanceof DatabaseError && error.kind, "conflict"),
    );
    await change;
    assert.notDeepEqual(ended, ["change", "unit"]);
  });

  test("units that lock a row in ways that do not conflict, or change what the lock leaves free, go on", {
    skip,
  }, async () => {
    const { id } = await inUnit(subject(), (ctx) => noteTable.insert(ctx, noteValues()));
    const [one, other] = [await subject().begin(), await subject().begin()];
    for (const unit of [one, other]) await noteTable.find(contextOf(unit.rows), id, { lock: "key share" });
    await one.commit();
    await noteTable.update(contextOf(other.rows), id, { body: "changed" });
    await other.commit();
    const missing = await inUnit(subject(), (ctx) => noteTable.find(ctx, randomUUID(), { lock: "update" }));
    assert.equal(missing, undefined);
  });

  test("a row that was given out is the caller's to change", {}, async () => {
    await inUnit(subject(), async (ctx) => {
      const note = await noteTable.insert(ctx, noteValues());
      note.tags.push("c");
      note.title = "changed by the caller";
      const { items } = await noteTable.page(ctx, { where: { folderId: note.folderId }, limit: 1 });
      items[0]?.tags.push("d");
      const found = await noteTable.find(ctx, note.id);
      assert.deepEqual([items.length, found?.tags], [1, ["a", "b"]]);
      assert.notEqual(found?.title, note.title);
    });
  });
}

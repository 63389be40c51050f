import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createEmbeddedDatabase } from "../../adapters/embedded/index.ts";
import type { Database } from "../../database/database.ts";
import { migrateUp } from "../../database/migrations/migrate.ts";
import { createConsumerRunner } from "../../events/consumer/consumer-runner.ts";
import { listParked } from "../../events/dead-letters.ts";
import { createLogBus } from "../../events/log/log-bus.ts";
import { createOwnership } from "../../events/ownership.ts";
import { createRelay } from "../../events/relay/relay.ts";
import {
  commitEvents,
  effectConsumer,
  keptLog,
  keptMetrics,
  pendingEvent,
  until,
} from "../../testing/events/event-fixtures.ts";
import { createTestProject, notesApp, type TestProject } from "../project.fixture.ts";

let project: TestProject;
before(async () => {
  project = await createTestProject(notesApp);
});
after(() => project.remove());

/** Three events of one key, and one of another, for a consumer that can apply none. */
async function parkEvents(database: Database): Promise<void> {
  await migrateUp(database, undefined);
  for (const key of ["k1", "k1", "k1", "k2"])
    await commitEvents(database, [pendingEvent("page", key, { data: { body: "hello\tthere" } })]);
  const log = keptLog();
  const ownership = createOwnership({ database, log, interval: 50 });
  const bus = createLogBus({ database, log, ownership, pollInterval: 50 });
  const relay = createRelay({ database, bus, log, ownership, pollInterval: 50 });
  const failing = effectConsumer({
    database,
    name: "printer",
    stream: "page",
    handle: () => Promise.reject(new Error("out of paper")),
  });
  const runner = createConsumerRunner({ database, bus, consumers: [failing], log, metrics: keptMetrics() });
  await runner.start();
  relay.start();
  try {
    await until("all are parked", async () => (await listParked(database)).length === 4);
  } finally {
    await Promise.all([relay.stop(), runner.stop()]);
  }
}

test("a database that was never migrated is an error that says so", async () => {
  const { exit, stdout, stderr } = await project.trivium("events dead list");
  assert.deepEqual([exit, stdout], [1, ""]);
  assert.match(stderr, /The database has not been migrated.*run `trivium migrate up`/s);
});

test("what a failing consumer parked can be listed and shown", async () => {
  const database = await createEmbeddedDatabase({ folder: join(project.root, ".trivium/data") });
  try {
    await parkEvents(database);
  } finally {
    await database.close();
  }

  const all = JSON.parse((await project.trivium("events dead list --json")).stdout);
  assert.deepEqual(
    all.map(({ key, sequence, reason, error }: Record<string, unknown>) => [key, sequence, reason, error]),
    [
      ["k1", 1, "FAILED", "Error: out of paper"],
      ["k1", 2, "BEHIND", undefined],
      ["k1", 3, "BEHIND", undefined],
      ["k2", 1, "FAILED", "Error: out of paper"],
    ],
  );

  const two = await project.trivium("events dead list --limit 2");
  const [heading = "", ...rows] = two.stdout.trimEnd().split("\n");
  assert.match(heading, /^consumer\tstream\tkey\tsequence\ttype\tversion\treason\terror\tparkedAt\teventId$/);
  assert.deepEqual(
    rows.map((row) => row.split("\t").slice(0, 4).join(" ")),
    ["printer page k1 1", "printer page k1 2"],
  );
  assert.equal(two.stderr, "there are more than 2: give a higher --limit, or --consumer\n");

  const other = await project.trivium("events dead list --consumer nobody");
  assert.deepEqual([other.exit, other.stderr], [0, "nothing is parked\n"]);

  const first = await project.trivium("events dead show printer page k1 --json");
  assert.equal(first.stderr, "later events of the key that wait behind it: 2\n");
  const shown = JSON.parse(first.stdout);
  assert.deepEqual([shown.sequence, shown.reason, shown.event.data], [1, "FAILED", { body: "hello\tthere" }]);

  const third = await project.trivium("events dead show printer page k1 --sequence 3");
  assert.deepEqual([third.exit, third.stderr], [0, ""]);
  const [names = "", values = ""] = third.stdout.split("\n").map((line) => line.split("\t"));
  assert.equal(values[names.indexOf("sequence")], "3");
  assert.equal(values[names.indexOf("reason")], "BEHIND");
});

for (const args of ["printer page k0", "printer page k1 --sequence 4"]) {
  test(`show of what is not parked is NOT_FOUND (${args})`, async () => {
    const { exit, stdout, stderr } = await project.trivium(`events dead show ${args}`);
    assert.deepEqual([exit, stdout], [5, ""]);
    assert.match(stderr, /^error: The consumer .* has no such event of page .* parked \(NOT_PARKED\)\n$/);
  });
}

// The foundation's own schema `trivium`, as migrations with a ledger of their own. Applied ones never change.

import { type MigrationSet, migrationFrom } from "../migrations/migration.ts";
import { commitMarkerTable } from "./commit-marker.ts";
import { eventTables } from "./events.ts";
import { idempotencyTable } from "./idempotency.ts";
import { invalidationTables } from "./invalidation.ts";
import { outsideWriteFunction } from "./outside-writes.ts";

/** All migrations of the foundation, in order. Kept as text in modules, so that they are there however it is shipped. */
export const foundationSchema: MigrationSet = {
  ledger: "trivium",
  migrations: [
    migrationFrom(1, "events", eventTables.join(";\n")),
    migrationFrom(2, "commit_marker", commitMarkerTable.join(";\n")),
    migrationFrom(
      3,
      "idempotency_and_cache",
      [...idempotencyTable, ...invalidationTables, outsideWriteFunction].join(";\n"),
    ),
  ],
};

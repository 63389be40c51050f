// The outbox as a log under the event-bus suite, on both databases, and what only the log can show.

import { after, before, describe, test } from "node:test";
import { createPostgresDatabase } from "../../adapters/postgres/index.ts";
import type { Database } from "../../database/database.ts";
import { migrateUp } from "../../database/migrations/migrate.ts";
import { type EventBusSubject, eventBusSuite } from "../../testing/event-bus-suite.ts";
import { commitEvents, keptLog, storedEvents } from "../../testing/events/event-fixtures.ts";
import { freshEmbedded } from "../../testing/fresh-embedded.ts";
import { startPostgres } from "../../testing/postgres/start-postgres.ts";
import { createOwnership } from "../ownership.ts";
import { createLogBus } from "./log-bus.ts";

interface Opened {
  readonly databases: readonly [Database, Database];
  close(): Promise<void>;
}

async function openEmbedded(): Promise<Opened> {
  const database = await freshEmbedded();
  return { databases: [database, database], close: () => database.close() };
}

async function openServer(): Promise<Opened> {
  const server = await startPostgres();
  const { url, drop } = await server.createDatabase();
  const databases = [await createPostgresDatabase({ url }), await createPostgresDatabase({ url })] as const;
  const close = async (): Promise<void> => {
    await Promise.all(databases.map((database) => database.close()));
    await drop();
    await server.stop();
  };
  return { databases, close };
}

function subjectOf(databases: readonly [Database, Database]): EventBusSubject {
  const bus = (database: Database) => {
    const log = keptLog();
    const ownership = createOwnership({ database, log, interval: 100 });
    return createLogBus({ database, log, ownership, pollInterval: 200 });
  };
  return {
    buses: [bus(databases[0]), bus(databases[1])],
    commit: async (events) => {
      await commitEvents(databases[0], events);
      const ids = new Set(events.map((event) => event.id));
      const streams = [...new Set(events.map((event) => event.stream))].sort();
      const stored = await Promise.all(streams.map((stream) => storedEvents(databases[0], stream)));
      return stored.flat().filter((event) => ids.has(event.id));
    },
  };
}

for (const { name, open } of [
  { name: "embedded database", open: openEmbedded },
  { name: "PostgreSQL server", open: openServer },
]) {
  describe(name, () => {
    let opened: Opened;
    let subject: EventBusSubject;
    before(async () => {
      opened = await open();
      await migrateUp(opened.databases[0], undefined);
      subject = subjectOf(opened.databases);
    });
    after(() => opened.close());
    eventBusSuite({ test, subject: () => subject });
  });
}

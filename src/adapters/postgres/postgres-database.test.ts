import { after, before, test } from "node:test";
import { databaseSuite } from "../../testing/database-suite.ts";
import { startPostgres, type TestDatabase, type TestPostgres } from "../../testing/postgres/start-postgres.ts";
import { createPostgresDatabase, type PostgresDatabase } from "./postgres-database.ts";

let server: TestPostgres;
let data: TestDatabase;
let common: PostgresDatabase;

before(async () => {
  server = await startPostgres();
  data = await server.createDatabase();
  common = await createPostgresDatabase({ url: data.url, max: 5 });
});

after(async () => {
  await common.close();
  await data.drop();
  await server.stop();
});

databaseSuite(
  { test },
  {
    name: "postgres",
    features: { concurrentTransactions: true, cancel: true, shared: true },
    common: async () => common,
    open: (options) => createPostgresDatabase({ url: data.url, max: 5, ...options }),
  },
);

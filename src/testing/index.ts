// The public subpath trivium/testing.

export {
  type OwnPostgres,
  startOwnPostgres,
  startPostgres,
  type TestDatabase,
  type TestPostgres,
} from "./postgres/start-postgres.ts";
export { createTestApp, type TestApp, type TestAppOptions, type TestUser } from "./test-app.ts";

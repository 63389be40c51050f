// The public subpath trivium/testing: the app harness, and the contract suite of each port.

export { databaseSuite } from "./database-suite.ts";
export { type EventBusSubject, type EventBusSuite, eventBusSuite } from "./event-bus-suite.ts";
export { freshEmbedded } from "./fresh-embedded.ts";
export {
  type OwnPostgres,
  startOwnPostgres,
  startPostgres,
  type TestDatabase,
  type TestPostgres,
} from "./postgres/start-postgres.ts";
export { type OwnRedis, startOwnRedis, startRedis, type TestRedis, withoutRedis } from "./redis/start-redis.ts";
export { type RepositorySubject, type RepositorySuite, repositorySuite, suiteSchema } from "./repository-suite.ts";
export { type StoreSubject, type StoreSuite, storeSuite } from "./store-suite.ts";
export { createTestApp, type TestApp, type TestAppOptions } from "./test-app.ts";
export type { StreamOptions, TestCalls, TestUser } from "./test-calls.ts";

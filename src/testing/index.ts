// The public subpath trivium/testing.

export { createTestApp, type TestApp, type TestAppOptions, type TestUser } from "./test-app.ts";

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SetupError } from "../../core/setup-error.ts";
import { startOwnPostgres, type TestPostgres } from "../../testing/postgres/start-postgres.ts";
import { createPostgresDatabase } from "./postgres-database.ts";

let server: TestPostgres;

before(async () => {
  server = await startOwnPostgres();
});

after(() => server.stop());

function changed(change: (url: URL) => void): string {
  const url = new URL(server.url);
  change(url);
  return url.href;
}

const wrong: readonly (readonly [name: string, url: () => string, message: RegExp])[] = [
  ["not a URL", () => "hunter2 is no url", /DATABASE_URL is not a URL; expected postgres:/],
  ["another protocol", () => "mysql://me:hunter2@localhost/app", /begins with mysql:\/\/; expected postgres:/],
  ["no database", () => "postgres://me:hunter2@localhost:5432", /names no database/],
  [
    "nobody listens",
    () => changed((url) => (url.port = "1")),
    /no PostgreSQL server answers at 127.0.0.1:1 .*start it/,
  ],
  [
    "unknown host",
    () => changed((url) => (url.hostname = "nowhere.invalid")),
    /host of nowhere.invalid:\d+ is not known/,
  ],
  ["wrong password", () => changed((url) => (url.password = "hunter2")), /refuses the user postgres: correct/],
  ["a name that is not encoded", () => "postgres://me%zz:hunter2@localhost/app", /is not percent-encoded/],
  [
    "a setting that the server refuses",
    () => changed((url) => (url.search = "?options=-c%20nonsense%3D1")),
    /refuses the connection \(unrecognized configuration parameter "nonsense"\)/,
  ],
  ["unknown database", () => changed((url) => (url.pathname = "/nope")), /has no database "nope": create it/],
];

for (const [name, url, message] of wrong) {
  test(`DATABASE_URL, ${name}: a start-up error that says what to do and hides the password`, async () => {
    await assert.rejects(createPostgresDatabase({ url: url(), connectTimeout: 2_000 }), (error) => {
      assert.ok(error instanceof SetupError);
      assert.match(error.message, message);
      const password = new URL(server.url).password;
      assert.ok(!error.message.includes("hunter2") && !error.message.includes(password));
      return true;
    });
  });
}

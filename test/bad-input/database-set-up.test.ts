// Starts against a PostgreSQL server that is not there, or refuses: clear errors that hold no password.

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { after, test } from "node:test";
import { startPostgres } from "trivium/testing";
import { freshPlace, runChat } from "../kit/chat-server.ts";

const postgres = await startPostgres();
const database = await postgres.createDatabase();
const other = createServer((socket) => socket.on("error", () => undefined).end("HTTP/1.1 400 Bad Request\r\n\r\n"));
await once(other.listen(0, "127.0.0.1"), "listening");
after(async () => {
  other.close();
  await database.drop();
  await postgres.stop();
});

const password = "hunter2";
const own = new URL(database.url).password;

function url(change: Partial<Record<"password" | "pathname" | "username" | "port" | "search", string>>): string {
  return Object.assign(new URL(database.url), change).href;
}

const wrong: Readonly<Record<string, readonly [url: string, message: RegExp]>> = {
  "nobody listens": [`postgres://me:${password}@127.0.0.1:1/app`, /no PostgreSQL server answers at 127\.0\.0\.1:1 /],
  "another kind of server": [
    `postgres://me:${password}@127.0.0.1:${(other.address() as AddressInfo).port}/app`, // it listens on a port
    /no PostgreSQL server answers at/,
  ],
  "a wrong password": [url({ password }), /refuses the user \w+: correct the name or the password/],
  "an unknown user": [url({ username: "nobody", password }), /refuses the user nobody/],
  "an unknown database": [url({ pathname: "/nowhere" }), /has no database "nowhere": create it/],
  "a broken encoding": [`postgres://me%zz:${password}@127.0.0.1/app`, /not percent-encoded/],
  "no database": [`postgres://me:${password}@127.0.0.1`, /names no database/],
};

for (const [name, [address, message]] of Object.entries(wrong)) {
  test(`${name}: one problem on stderr and exit code 1`, async (t) => {
    const place = await freshPlace(address);
    t.after(place.remove);
    const lines = name === "a wrong password" ? [["start"], ["accounts", "me", "--as", "nobody"]] : [["start"]];
    for (const { code, stdout, stderr } of await Promise.all(lines.map((args) => runChat(place, args)))) {
      assert.deepEqual([code, stdout], [1, ""], stderr);
      assert.match(stderr, message);
      assert.match(stderr, /^(?:error: )?The app cannot start: 1 problem\n {2}- DATABASE_URL.*\n$/);
      assert.ok(!stderr.includes(password) && !stderr.includes(own), "a password was printed");
    }
  });
}

test("in production a database without the schema is not started on: the migrations that are missing are named", async (t) => {
  const place = await freshPlace(database.url);
  t.after(place.remove);
  const production = { ...place, env: { ...place.env, NODE_ENV: "production", AUTH_SECRET: crypto.randomUUID() } };
  const { code, stderr } = await runChat(production, ["start"]);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^The schema does not fit: \d problems\n[\s\S]* is pending\n[\s\S]*run `trivium migrate up`/);
  assert.ok(!stderr.includes(own), "a password was printed");
});

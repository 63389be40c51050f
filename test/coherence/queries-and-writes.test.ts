// Every cached query × every write on PostgreSQL and Redis: through one app, and written through one, read through another.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { sql } from "trivium";
import { createPostgresDatabase } from "trivium/postgres";
import type { TestApp } from "trivium/testing";
import chat from "../../reference/app.ts";
import { newScene, queries, told, writes } from "../../reference/coherence.fixture.ts";
import { noRedisServer } from "./redis-server.ts";
import { type AppHome, openAppHome } from "./test-apps.ts";

describe("on PostgreSQL and Redis", { skip: noRedisServer }, () => {
  let home: AppHome;
  let writer: TestApp;
  let reader: TestApp;
  before(async () => {
    home = await openAppHome();
    [writer, reader] = [await home.open(chat), await home.open(chat)];
    // The server learns the scripts: what it does not know is kept too late for the read that follows.
    const scene = await newScene(writer);
    for (const app of [writer, reader]) await told(queries["messages.get"], app, scene);
  });
  after(() => home.close());

  for (const [name, run] of Object.entries(writes)) {
    for (const through of ["the same app", "another app"]) {
      test(`after ${name} every cached query is fresh, read through ${through}`, async () => {
        const from = through === "another app" ? reader : writer;
        const scene = await newScene(writer);
        for (const query of Object.values(queries)) {
          const first = await told(query, from, scene);
          assert.equal(await from.roundTrips(async () => assert.deepEqual(await told(query, from, scene), first)), 0);
        }
        await run(writer, scene);
        const seen: unknown[] = [];
        for (const query of Object.values(queries)) seen.push(await told(query, from, scene));
        for (const [index, [asked, query]] of Object.entries(queries).entries()) {
          await from.store.renew();
          assert.deepEqual(seen[index], await told(query, from, scene), asked);
        }
      });
    }
  }

  test("a write by plain SQL is seen within a second, through every app", async (t) => {
    await writer.settle();
    const outside = await createPostgresDatabase({ url: home.url, max: 1 });
    t.after(() => outside.close());
    const scene = await newScene(writer);
    const get = queries["messages.get"];
    for (let time = 0; time < 3; time++) {
      const body = `from outside ${time}`;
      for (const app of [writer, reader]) {
        const first = await told(get, app, scene);
        assert.equal(await app.roundTrips(async () => assert.deepEqual(await told(get, app, scene), first)), 0);
      }
      await outside.query(sql`update messages set body = ${body} where id = ${scene.messageId}`);
      const begun = performance.now();
      for (const app of [writer, reader])
        while (bodyOf(await told(get, app, scene)) !== body) assert.ok(performance.now() - begun < 1_000);
    }
  });
});

function bodyOf(message: unknown): unknown {
  return (message as { readonly body?: unknown }).body; // of a message, or of a failure's reason
}

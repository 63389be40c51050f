import assert from "node:assert/strict";
import { test } from "node:test";
import { createPostgresDatabase } from "trivium/postgres";
import { startPostgres } from "../src/testing/postgres/start-postgres.ts";
import { freshPlace } from "./kit/chat-server.ts";
import { crashAndRecover, crashes } from "./kit/crash.ts";
import { assertEventsExact } from "./kit/events.ts";

test(`${crashes} kills amid posting on PostgreSQL: every acknowledged message and its event, exactly once`, async (t) => {
  const server = await startPostgres();
  const home = await server.createDatabase();
  const place = await freshPlace(home.url);
  t.after(async () => {
    await place.remove();
    await home.drop();
    await server.stop();
  });
  const { acknowledged, kept, channelId } = await crashAndRecover(place, crashes);
  assert.ok(acknowledged.size > crashes, `${acknowledged.size} acknowledged`);
  const database = await createPostgresDatabase({ url: home.url });
  try {
    await assertEventsExact(database, channelId, kept);
  } finally {
    await database.close();
  }
});

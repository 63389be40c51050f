import assert from "node:assert/strict";
import { test } from "node:test";
import { createEmbeddedDatabase } from "trivium/embedded";
import { freshPlace } from "./kit/chat-server.ts";
import { crashAndRecover, crashes } from "./kit/crash.ts";
import { assertEventsExact } from "./kit/events.ts";

test(`${crashes} kills amid posting on PGlite: every acknowledged message and its event, exactly once`, async (t) => {
  const place = await freshPlace();
  t.after(place.remove);
  const { acknowledged, kept, channelId } = await crashAndRecover(place, crashes);
  assert.ok(acknowledged.size > crashes, `${acknowledged.size} acknowledged`);
  const database = await createEmbeddedDatabase({ folder: place.env.TRIVIUM_DATA_DIR ?? "" });
  t.after(() => database.close());
  await assertEventsExact(database, channelId, kept);
});

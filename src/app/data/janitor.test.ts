import assert from "node:assert/strict";
import { test } from "node:test";
import { migrateUp } from "../../database/migrations/migrate.ts";
import { sql } from "../../database/statement.ts";
import { freshEmbedded } from "../../testing/fresh-embedded.ts";
import { createJanitor } from "./janitor.ts";

test("idempotency records go after a day, commit markers after an hour; younger ones stay", async (t) => {
  const database = await freshEmbedded();
  t.after(() => database.close());
  await migrateUp(database, undefined);
  await database.query(
    sql`insert into trivium.idempotency (principal, operation, key, id, fingerprint, tags, created_at)
        select 'ann', 'things.do', key, gen_random_uuid(), '', '{}', now() - age::interval
        from (values ('young', '23 hours 59 minutes'), ('old', '24 hours')) as given (key, age)`,
  );
  await database.query(
    sql`insert into trivium.commit_marker (id, created_at)
        select gen_random_uuid(), now() - age::interval from (values ('59 minutes'), ('61 minutes')) as given (age)`,
  );
  const janitor = createJanitor(database, undefined, { warn: (_fields, message) => assert.fail(message) });
  janitor.start();
  await janitor.stop();
  const { rows } = await database.query(
    sql`select array(select key from trivium.idempotency) as keys, (select count(*) from trivium.commit_marker) as markers`,
  );
  assert.deepEqual(rows, [{ keys: ["young"], markers: 1 }]);
});

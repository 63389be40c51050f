// A process of the tests that owns a data folder and writes rows until it is killed.

import { sql } from "../../database/statement.ts";
import { createEmbeddedDatabase } from "./embedded-database.ts";

const folder = process.argv[2] ?? "";
const database = await createEmbeddedDatabase({ folder });
await database.publish("http://127.0.0.1:8080", "the-secret");
await database.query(sql`create table if not exists entry (id int primary key)`);
for (let id = 0; ; id++) {
  const transaction = await database.begin({ isolation: "read committed" });
  await transaction.query(sql`insert into entry values (${id})`);
  await transaction.commit();
  await new Promise((resolve) => process.stdout.write(`${id}\n`, resolve));
}

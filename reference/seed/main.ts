// The program `npm run -s chat:seed -- --messages 100000`: fills the database that DATABASE_URL or TRIVIUM_DATA_DIR name.

import { parseArgs } from "node:util";
import { SetupError, sql } from "trivium";
import { createEmbeddedDatabase } from "trivium/embedded";
import { createPostgresDatabase } from "trivium/postgres";
import { type SeedDatabase, seed, seedPassword } from "./seed.ts";
import type { WorldSize } from "./world.ts";

const most = 10_000_000;

function sizeFrom(args: readonly string[]): WorldSize {
  const options = { messages: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const [messages, seedNumber] = [Number(values.messages), Number(values.seed)];
  const problems: string[] = [];
  if (!Number.isInteger(messages) || messages < 1 || messages > most)
    problems.push(`--messages ${values.messages}: expected a whole number from 1 to ${most}`);
  if (!Number.isInteger(seedNumber) || seedNumber < 0 || seedNumber > 0xfff)
    problems.push(`--seed ${values.seed}: expected a whole number from 0 to 4095`);
  if (problems.length > 0) throw new SetupError(problems, "Nothing was seeded");
  return { messages, seed: seedNumber };
}

/** Whoever knows this file knows the password of every seeded account. */
function refuseProduction(): void {
  if (process.env.NODE_ENV === "production")
    throw new SetupError(["NODE_ENV is production, and the seed's accounts have a password that everybody knows"]);
}

async function refuseUnmigrated(database: SeedDatabase): Promise<void> {
  const { rows } = await database.query(sql`select to_regclass('channel_days') is not null as migrated`);
  if (rows[0]?.migrated !== true)
    throw new SetupError(["the database has no tables yet: run `npm run -s trivium -- migrate up` first"]);
}

try {
  refuseProduction();
  const size = sizeFrom(process.argv.slice(2));
  const { DATABASE_URL: url, TRIVIUM_DATA_DIR: folder } = process.env;
  const database = await (url
    ? createPostgresDatabase({ url })
    : createEmbeddedDatabase({ folder: folder || ".trivium/data" }));
  try {
    await refuseUnmigrated(database);
    const begun = performance.now();
    const added = await seed(database, size);
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    process.stdout.write(`${added} messages added in ${seconds} s\n`);
    process.stdout.write(`sign in as person1@seed${size.seed}.example with the password "${seedPassword}"\n`);
  } finally {
    await database.close();
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

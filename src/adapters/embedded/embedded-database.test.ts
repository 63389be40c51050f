import { after, before, test } from "node:test";
import { databaseSuite } from "../../testing/database-suite.ts";
import { freshEmbedded } from "../../testing/fresh-embedded.ts";
import type { EmbeddedDatabase } from "./embedded-database.ts";

let common: EmbeddedDatabase;

before(async () => {
  common = await freshEmbedded();
});

after(() => common.close());

databaseSuite(
  { test },
  {
    name: "embedded",
    features: { concurrentTransactions: false, cancel: false, shared: false },
    common: async () => common,
    open: ({ waitTimeout, observe } = {}) => freshEmbedded({ waitTimeout, observe }),
  },
);

// The contract suite of the database port: every adapter passes it.

import { concurrencySuite } from "./database/concurrency-suite.ts";
import { type DatabaseHarness, SuiteTests, type TestFunction } from "./database/harness.ts";
import { repeatedSuite } from "./database/repeated-suite.ts";
import { signalsSuite } from "./database/signals-suite.ts";
import { transactionsSuite } from "./database/transactions-suite.ts";
import { valuesSuite } from "./database/values-suite.ts";

/**
 * Defines the tests of the port's guarantees. The adapter's features pick them; a skip carries its reason.
 *
 * @example databaseSuite({ test }, { name: "postgres", features, open: () => createPostgresDatabase({ url }) });
 */
export function databaseSuite({ test }: { readonly test: TestFunction }, harness: DatabaseHarness): void {
  const tests = new SuiteTests(test, harness);
  valuesSuite(tests);
  repeatedSuite(tests);
  transactionsSuite(tests);
  concurrencySuite(tests);
  signalsSuite(tests);
}

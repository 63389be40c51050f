// docs/configuration.md: every environment variable, from the configuration's own definitions.

import { configurationTable } from "../../src/app/config/configuration-table.ts";

/** The document as Markdown. */
export function configurationDocument(): string {
  return [
    "# Configuration",
    "",
    "A process is configured by environment variables; in development also by a file `.env` in the working directory, which",
    "does not replace what is set. Everything is checked at start, and every problem is told at once. An empty variable counts",
    "as not set. This page is written by `npm run docs`.",
    "",
    configurationTable(),
  ].join("\n");
}

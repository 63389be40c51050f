#!/usr/bin/env node
// The `trivium` command of the package: generates from an app, migrates its database, shows its parked events.

import { runTool } from "./tool.ts";

process.exitCode = await runTool(process.argv.slice(2));

// The echo as an operation: token, limits, checks of every message, log line and metrics, over one road.

import { serveInMemory } from "../../in-memory.ts";
import { report } from "../../measure.ts";
import { echoApp } from "./app.ts";

report(await serveInMemory({ app: echoApp, road: process.argv[2], cache: "off" }));

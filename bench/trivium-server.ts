// The reference service's read by id with every step of the pipeline on, over a memory repository: HTTP or gRPC, cached
// (as the service runs with nothing set) or from the repository each time.

import chat from "../reference/app.ts";
import { createApp } from "../src/app/app.ts";
import { createMemoryStorage } from "../src/testing/memory-storage.ts";
import { seed } from "./fixture.ts";
import { serveInMemory } from "./in-memory.ts";
import { report } from "./measure.ts";

// Limits are counted, and one user is not refused.
const [road, from, limited] = process.argv.slice(2);
const limits = limited === "unlimited" ? {} : { overall: "100000000 per day" as const };
const app = createApp({ ...chat.definition, limits });
const storage = createMemoryStorage();
await seed(storage.rows);
report(await serveInMemory({ app, storage, road, cache: from === "cached" ? "on" : "off" }));

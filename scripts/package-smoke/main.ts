// The program of the smoke test's app.

import { run } from "trivium";
import app from "./app.ts";

await run(app);

// The chat program: serves by default; its other commands are the operations.

import { run } from "trivium";
import app from "./app.ts";

await run(app);

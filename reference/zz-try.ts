import app from "./app.ts";
import { run } from "../src/app/run.ts";
await run(app);

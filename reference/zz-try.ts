import { run } from "../src/app/program/run.ts";
import app from "./app.ts";

await run(app);

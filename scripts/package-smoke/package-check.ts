// The smoke test's app on memory, and every subpath of the package once: what is exported can be loaded.

import assert from "node:assert/strict";
import { createTestApp } from "trivium/testing";
import app from "./app.ts";

const clients = ["trivium/client", "trivium/client/grpc"];
for (const path of [
  "trivium",
  "trivium/contract",
  ...clients,
  "trivium/postgres",
  "trivium/embedded",
  "trivium/testing",
])
  assert.ok(Object.keys(await import(path)).length > 0, `${path} exports nothing`);

const test = await createTestApp(app);
await test.close();

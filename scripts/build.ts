// npm run build: compiles src/ to dist/ and copies what the compiler leaves behind.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { viewerAssets } from "../src/transports/http/pages/viewer.ts";

rmSync("dist", { recursive: true, force: true });
const { status } = spawnSync("tsc", ["-p", "tsconfig.build.json"], { stdio: "inherit" });
if (status === 0) copyViewer();
else process.exitCode = status ?? 1;

/** Swagger UI beside the module that serves it, with the licence that its files are given under. */
function copyViewer(): void {
  const from = fileURLToPath(new URL("./", import.meta.resolve("swagger-ui-dist/package.json")));
  const to = "dist/transports/http/pages/swagger-ui";
  mkdirSync(to, { recursive: true });
  for (const name of [...Object.keys(viewerAssets), "LICENSE", "NOTICE"]) cpSync(join(from, name), join(to, name));
}

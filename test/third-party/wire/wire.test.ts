// The gRPC project's own interoperability tests and connectconformance against our transport. Their programs are written
// in Go: install.sh builds them, and without TRIVIUM_TOOLS these tests are skipped.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { interopService } from "./interop.ts";
import { serveOnTransport } from "./on-transport.ts";

const tools = process.env.TRIVIUM_TOOLS;
const skip = tools === undefined ? "TRIVIUM_TOOLS is not set: npm run third-parties sets it" : false;
const mebibyte = 1024 * 1024;

const interopCases = [
  ...["empty_unary", "large_unary", "client_streaming", "server_streaming", "ping_pong", "empty_stream"],
  ...["timeout_on_sleeping_server", "cancel_after_begin", "cancel_after_first_response", "status_code_and_message"],
  ...["special_status_message", "custom_metadata", "unimplemented_method", "unimplemented_service"],
  ...["pick_first_unary", "rpc_soak", "channel_soak"],
];

test("the gRPC interop client passes all cases that need no special credentials", {
  skip,
  timeout: 120_000,
}, async (t) => {
  const server = await serveOnTransport(interopService, 4 * mebibyte);
  t.after(() => server.close());
  for (const name of interopCases) {
    const args = ["-server_host=127.0.0.1", `-server_port=${server.port}`, "-use_tls=false", `-test_case=${name}`];
    const { code, output } = await run(`${tools}/go/client`, args, 30_000);
    assert.equal(code, 0, `${name}: ${output}`);
  }
});

/** A line for each case that failed, and the number of all. */
async function conformance(server: "transport" | "library"): Promise<{ failed: string[]; total: number }> {
  const { output } = await run(
    `${tools}/go/connectconformance`,
    [
      ...["--mode", "server", "--conf", join(import.meta.dirname, "conformance.yaml"), "--", process.execPath],
      ...["--conditions=trivium-source", "--disable-warning=ExperimentalWarning"],
      ...[join(import.meta.dirname, "conformance-server.fixture.ts"), server],
    ],
    120_000,
  );
  const failed = [...output.matchAll(/^FAILED: (.*?):?$/gm)].map(([, name = ""]) => name);
  return { failed, total: Number(/^Total cases: (\d+)/m.exec(output)?.[1] ?? 0) };
}

const known = readFileSync(join(import.meta.dirname, "known-failing.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));

test("connectconformance finds no failure that is not known", { skip, timeout: 150_000 }, async (t) => {
  const { failed, total } = await conformance("transport");
  t.diagnostic(`${total - failed.length} of ${total} cases pass`);
  assert.equal(total, 374);
  assert.deepEqual(
    failed.filter((name) => !known.includes(name)),
    [],
  );
});

test("all that is known to fail fails on bare grpc-js too", { skip, timeout: 150_000 }, async (t) => {
  const { failed, total } = await conformance("library");
  t.diagnostic(`bare grpc-js passes ${total - failed.length} of ${total} cases`);
  assert.deepEqual(
    known.filter((name) => !failed.includes(name)),
    [],
  );
});

/** Runs a program to its end, at the latest after `limit` milliseconds. */
function run(program: string, args: readonly string[], limit: number): Promise<{ code: unknown; output: string }> {
  return new Promise((answer) => {
    execFile(program, args, { timeout: limit, maxBuffer: 64 * mebibyte }, (error, stdout, stderr) =>
      answer({ code: error === null ? 0 : (error.code ?? error.signal), output: `${stdout}\n${stderr}` }),
    );
  });
}

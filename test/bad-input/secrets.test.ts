// A secret in whatever a handler throws or answers: in no byte of any answer, on any road; the log may hold it.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { after, test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { type ChatServer, freshPlace, runChat, startChat } from "../kit/chat-server.ts";
import { framed, overGrpc, overHttp, type RawAnswer } from "./exchange.ts";
import { leakNames, plantedSecret } from "./leaky-app.fixture.ts";

const fresh = await freshPlace();
const { LOG_LEVEL: _, ...quiet } = fresh.env;
const place = { ...fresh, env: quiet, program: join(import.meta.dirname, "leaky-app.fixture.ts") };
after(() => place.remove());

/** What answers, and is no failure. */
const answered: readonly string[] = ["extraOutput", "rejection"];
const hows = [...leakNames, "validation", "authorize", "prepare"];

/** Fails where the secret is in the bytes: as it is, in base64 at any offset, as hex or with every sign escaped. */
function assertClean(what: string, ...parts: readonly (Uint8Array | string)[]): void {
  const signs = [...plantedSecret];
  const forms = [
    plantedSecret,
    ...[0, 1, 2].map((offset) =>
      Buffer.from(" ".repeat(offset) + plantedSecret)
        .toString("base64")
        .slice(4, -4),
    ),
    Buffer.from(plantedSecret).toString("hex"),
    signs.map((sign) => `%${sign.charCodeAt(0).toString(16)}`).join(""),
  ];
  for (const part of parts) {
    const text = Buffer.from(part as string)
      .toString("latin1")
      .toLowerCase(); // both are what Buffer.from takes
    for (const form of forms) assert.ok(!text.includes(form.toLowerCase()), `${what}: the secret is in ${text}`);
  }
}

function unpacked({ headers, body }: RawAnswer): Buffer {
  const coding = headers["content-encoding"];
  return coding === "gzip" ? gunzipSync(body) : coding === "br" ? brotliDecompressSync(body) : body;
}

async function withServer(work: (server: ChatServer) => Promise<void>): Promise<string> {
  const server = await startChat(place, {
    AUTH_SECRET: randomBytes(32).toString("base64"),
    LOG_LEVEL: "warn",
    MAX_EVENT_LOOP_DELAY: "1m",
  });
  try {
    await work(server);
    const good = await overHttp(server.http, { path: "/v1/leaks/extraOutput" });
    assert.deepEqual([good.status, good.body.toString()], [200, '{"n":1}']);
  } finally {
    assert.equal(await server.stop(), 0, server.output());
  }
  return server.output();
}

async function askHttp({ http }: ChatServer, how: string): Promise<void> {
  for (const [method, path] of [
    ["GET", `/v1/leaks/${how}`],
    ["HEAD", `/v1/leaks/${how}`],
    ["POST", `/v1/leaks/${how}`],
    ["POST", `/v1/nested-leaks/${how}`],
  ] as const)
    for (const coding of ["identity", "gzip", "br"]) {
      const answer = await overHttp(http, { method, path, headers: { "accept-encoding": coding } });
      const body = unpacked(answer);
      assertClean(`${method} ${path}`, body, answer.body, JSON.stringify(answer.headers));
      if (how === "failure" && method !== "HEAD" && coding !== "identity")
        assert.equal(answer.headers["content-encoding"], undefined, "problems are not coded");
      if (answered.includes(how) || (how === "authorize" && method === "POST") || how === "prepare") continue;
      assert.equal(answer.status, how === "failure" ? 400 : 500, `${method} ${path}`);
      assert.equal(answer.headers["content-type"], "application/problem+json");
      if (method !== "HEAD") assert.equal(JSON.parse(body.toString()).requestId, answer.headers["x-request-id"]);
    }
}

async function askGrpc({ grpc }: ChatServer, how: string): Promise<void> {
  const request = Buffer.concat([Buffer.from([10, how.length]), Buffer.from(how)]);
  for (const method of ["Read", "Write", "Nested"])
    for (const coding of ["identity", "gzip"]) {
      const path = `/leaky.leaks.v1.LeaksService/${method}`;
      const headers = { "grpc-accept-encoding": coding };
      const reply = await overGrpc(grpc, { path, headers, body: framed(request) });
      const message = decodeURIComponent(String(reply.headers["grpc-message"] ?? ""));
      assertClean(`${method} ${how}`, reply.body, reply.details, message, JSON.stringify(reply.headers));
      if (reply.body[0] === 1) assertClean(`${method} ${how}`, gunzipSync(reply.body.subarray(5)));
      if (answered.includes(how)) assert.equal(reply.code, 0);
      else assert.ok(reply.code > 0, `${method} ${how}: ${reply.code}`);
    }
}

test("over HTTP and gRPC: no answer of any kind holds it, every call is answered, the server lives on", async () => {
  const log = await withServer(async (server) => {
    for (const how of hows) await Promise.all([askHttp(server, how), askGrpc(server, how)]);
  });
  assert.ok(log.includes(plantedSecret), "the log is where the cause must be found");
  assert.match(log, /a promise was rejected and nobody handled it/);
});

/** Runs the program and searches all that it prints. Answers its exit code. */
async function runClean(args: readonly string[]): Promise<number | null> {
  const { code, stdout, stderr } = await runChat(place, args);
  assertClean(args.join(" "), stdout, stderr);
  assert.doesNotMatch(stderr, /^\s+at /m);
  if (code !== 0 && args.includes("--json")) assert.equal(JSON.parse(stderr).status >= 400, true, stderr);
  return code;
}

const calls: readonly (readonly [args: readonly string[], exit: number])[] = [
  [["leaks", "read", "--how", "cause"], 13],
  [["leaks", "write", "--how", "sqlText", "--json"], 13],
  [["leaks", "read", "--how", "uncarried", "--json"], 13],
  [["leaks", "write", "--how", "failure"], 9],
  [["leaks", "write", "--how", "rejection", "--json"], 0],
];

test("on the command line, through the owner and by --url", async () => {
  await withServer(async ({ http }) => {
    for (const [args, exit] of calls) {
      const codes = await Promise.all([runClean(args), runClean([...args, "--url", http])]);
      assert.deepEqual(codes, [exit, exit], args.join(" "));
    }
  });
});

test("on the command line in this process: the log is silent unless LOG_LEVEL asks for it", async () => {
  for (const [args, exit] of calls) assert.equal(await runClean(args), exit, args.join(" "));
  const asked = { ...place, env: { ...place.env, LOG_LEVEL: "error" } };
  const { stdout, stderr } = await runChat(asked, ["leaks", "read", "--how", "cause"]);
  assertClean("stdout", stdout);
  assert.ok(stderr.includes(plantedSecret), "LOG_LEVEL=error shows what happened");
});

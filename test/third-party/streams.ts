// Streams of the running service, read and written by clients that none of us wrote: curl, Python's websockets, k6. Run
// as third-parties.ts is.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { ask, createChannel, signUp } from "../kit/chat-client.ts";
import { type ChatPlace, type ChatServer, freshPlace, startChat } from "../kit/chat-server.ts";

const root = resolve(import.meta.dirname, "../..");
const tools = process.env.TRIVIUM_TOOLS;
if (tools === undefined) throw new Error("TRIVIUM_TOOLS is not set: npm run third-parties sets it");

let place: ChatPlace;
let service: ChatServer;
let token = "";
let channel = "";

before(async () => {
  place = await freshPlace();
  service = await startChat(place);
  ({ token } = await signUp(service.http, "streams"));
  channel = await createChannel(service.http, token, "streams");
});

after(async () => {
  await service.stop();
  await place.remove();
});

const bearer = (): string[] => ["-H", `Authorization: Bearer ${token}`];
const path = (name: string): string => `${service.http}/v1/channels/${channel}/${name}`;
const post = (body: string) => ask(path("messages"), { token, body: { body } });

/** What a program prints, and its exit code. */
function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return new Promise<{ code: number; out: string }>((done) => {
    execFile(program, args, { cwd: root, env: { ...process.env, ...env }, maxBuffer: 64 << 20 }, (error, out, err) => {
      done({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : 1, out: out + err });
    });
  });
}

test("curl imports lines, and exports them again", async () => {
  const lines = Array.from({ length: 150 }, (_, n) => `{"body":"line ${n}"}`).join("\n");
  const child = spawn("curl", [
    ...["-sS", "-X", "POST", ...bearer(), "-H", "content-type: application/x-ndjson"],
    ...["-T", "-", path("import")],
  ]);
  child.stdin.end(`${lines}\n\nnonsense\n`);
  const out = (await child.stdout.setEncoding("utf8").toArray()).join("");
  await once(child, "exit");
  const { imported, problems } = JSON.parse(out) as { imported: number; problems: { line: number }[] };
  assert.deepEqual([imported, problems.map(({ line }) => line)], [150, [151]]);
  const exported = await run("curl", ["-sS", ...bearer(), "-H", "accept: application/x-ndjson", path("export")]);
  const rows = exported.out.trim().split("\n");
  assert.deepEqual(JSON.parse(rows.at(-1) ?? ""), { end: true });
  assert.deepEqual(
    rows.slice(0, -1).map((row) => (JSON.parse(row) as { item: { body: string } }).item.body),
    Array.from({ length: 150 }, (_, n) => `line ${n}`),
  );
});

test("curl reads Server-Sent Events as they happen, and goes on after Last-Event-ID", async () => {
  const child = spawn("curl", ["-sSN", ...bearer(), "-H", "accept: text/event-stream", path("watch")]);
  let heard = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    heard += text;
  });
  // It was let in when it is told how soon to come back.
  while (!heard.includes("retry:")) await once(child.stdout, "data");
  for (const body of ["first", "second"]) await post(body);
  while (!heard.includes("second")) await once(child.stdout, "data");
  child.kill();
  const events = [...heard.matchAll(/^id: ?(.+)\ndata: ?(.+)$/gm)].map(([, id, data]) => ({ id, data }));
  assert.deepEqual(
    events.map(({ data = "" }) => (JSON.parse(data) as { message: { body: string } }).message.body),
    ["first", "second"],
  );
  const resumed = ["-H", `Last-Event-ID: ${events[0]?.id}`, "--max-time", "2"];
  const again = await run("curl", ["-sN", ...bearer(), "-H", "accept: text/event-stream", ...resumed, path("watch")]);
  assert.match(again.out, /second/);
  assert.doesNotMatch(again.out, /first/);
});

test("Python's websockets: a conversation, fragments, pings, refusals", async () => {
  const python = join(tools, "python/bin/python");
  const { code, out } = await run(python, ["test/third-party/websocket_client.py", service.http, token, channel]);
  assert.equal(code, 0, out);
});

test("k6: load over HTTP, WebSocket and gRPC, and nothing fails", { timeout: 120_000 }, async () => {
  const env = {
    ...{ URL: service.http, ADDRESS: service.grpc.replace(/^.*\/\//, ""), TOKEN: token, CHANNEL: channel },
    K6_NO_USAGE_REPORT: "true",
  };
  const { code, out } = await run(join(tools, "go/k6"), ["run", "--quiet", "test/third-party/load.js"], env);
  assert.equal(code, 0, out);
});

// Starts that cannot succeed on the embedded database: each says what is wrong and what to do, and leaves nothing behind.

import assert from "node:assert/strict";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ask, createChannel, signUp } from "../kit/chat-client.ts";
import { type ChatPlace, freshPlace, runChat, startChat } from "../kit/chat-server.ts";

async function placeFor(t: TestContext): Promise<ChatPlace> {
  const place = await freshPlace();
  t.after(place.remove);
  return place;
}

/** The place with other variables. */
function changed(place: ChatPlace, env: NodeJS.ProcessEnv): ChatPlace {
  return { ...place, env: { ...place.env, ...env } };
}

/** `start` must end by itself with exit code 1; answers what it printed on stderr. */
async function failedStart(place: ChatPlace): Promise<string> {
  const { code, stdout, stderr } = await runChat(place, ["start"]);
  assert.deepEqual([code, stdout.includes("is ready")], [1, false], stdout + stderr);
  assert.doesNotMatch(stderr, /^\s+at /m);
  return stderr;
}

test("a data folder that is a file, lies in one, or holds something else in the place of its files", async (t) => {
  const place = await placeFor(t);
  const at = (name: string): string => join(place.folder, name);
  await writeFile(at("file"), "");
  await mkdir(at("locked/owner.lock"), { recursive: true });
  await mkdir(at("old/pgdata"), { recursive: true });
  await writeFile(at("old/pgdata/PG_VERSION"), "17\n");
  const cases = { file: /a file where a folder is needed/, "file/below": /a file where a folder is needed/ };
  const others = { locked: /owner\.lock or owner\.json .* cannot be used/, old: /was written by PostgreSQL 17/ };
  for (const [folder, message] of Object.entries({ ...cases, ...others })) {
    const env = { TRIVIUM_DATA_DIR: at(folder) };
    const text = await failedStart(changed(place, env));
    assert.match(text, message);
    assert.match(text, /^The app cannot start: 1 problem\n {2}- .*TRIVIUM_DATA_DIR.*\n$/);
    const command = await runChat(changed(place, env), ["accounts", "me", "--as", "nobody"]);
    assert.deepEqual([command.code, command.stdout], [1, ""], command.stderr);
    assert.match(command.stderr, message);
  }
});

test("a data folder that this user may not read", async (t) => {
  if (process.getuid?.() === 0) return t.skip("rights do not bind root: the test before shows the other reasons");
  const place = await placeFor(t);
  const folder = await mkdtemp(join(place.folder, "closed-"));
  await chmod(folder, 0o000);
  assert.match(await failedStart(changed(place, { TRIVIUM_DATA_DIR: folder })), /cannot be read and written.*EACCES/);
  await chmod(folder, 0o700);
});

test("a busy port names its variable; nothing is left running, and the data folder is free again", async (t) => {
  const place = await placeFor(t);
  const busy = createServer().listen(0, "127.0.0.1");
  await once(busy, "listening");
  t.after(() => busy.close());
  const { port } = busy.address() as AddressInfo; // it listens on a port
  for (const variable of ["HTTP_PORT", "GRPC_PORT", "ADMIN_PORT"]) {
    const text = await failedStart(changed(place, { [variable]: String(port) }));
    assert.match(text, new RegExp(`^The server cannot listen: 1 problem\n {2}- ${variable}: .*${port} is in use.*\n$`));
    await assert.rejects(stat(join(place.env.TRIVIUM_DATA_DIR ?? "", "owner.json")), { code: "ENOENT" });
  }
  const server = await startChat(place);
  assert.equal(await server.stop(), 0, server.output());
});

test("a second start names the owner; commands go through the owner; after its SIGKILL the next start has all", async (t) => {
  const place = await placeFor(t);
  const owner = await startChat(place);
  t.after(() => owner.kill());
  const { token, id } = await signUp(owner.http, "owner");
  const channelId = await createChannel(owner.http, token, "kept");
  const text = await failedStart(place);
  assert.match(text, new RegExp(`in use by process ${owner.pid}, which listens at ${owner.http}: stop it`));
  assert.equal(text.trimEnd().split("\n").length, 2, text);
  const through = await runChat(place, ["channels", "get", "--id", channelId, "--as", id, "--json"]);
  assert.equal(through.code, 0, through.stderr);
  assert.equal(JSON.parse(through.stdout).name, "kept");
  await owner.kill();
  const inProcess = await runChat(place, ["channels", "get", "--id", channelId, "--as", id, "--json"]);
  assert.deepEqual([inProcess.code, inProcess.stdout], [0, through.stdout], inProcess.stderr);
  const next = await startChat(place);
  t.after(() => next.kill());
  const channel = await ask(`${next.http}/v1/channels/${channelId}`, { token });
  assert.deepEqual([channel.status, channel.body.name], [200, "kept"]);
  assert.equal(await next.stop(), 0, next.output());
});

test("mistakes of configuration are listed all at once, and secrets among them are not shown", async (t) => {
  const place = await placeFor(t);
  const wrong = {
    NODE_ENV: "production",
    AUTH_SECRET: "",
    HTTP_PORT: "many",
    GRPC_PORT: "70000",
    LOG_LEVEL: "loud",
    CALL_TIMEOUT: "soon",
    DATABASE_URL: "mysql://me:hunter2@localhost/app",
  };
  const text = await failedStart(changed(place, wrong));
  assert.match(text, /^The configuration is not valid: 6 problems\n/);
  for (const name of ["HTTP_PORT", "GRPC_PORT", "LOG_LEVEL", "CALL_TIMEOUT", "DATABASE_URL", "AUTH_SECRET"])
    assert.match(text, new RegExp(`^ {2}- ${name}: .*(?:expected|required)`, "m"));
  assert.doesNotMatch(text, /hunter2/);
  const production = await failedStart(changed(place, { NODE_ENV: "production", AUTH_SECRET: "" }));
  assert.match(
    production,
    /^The configuration is not valid: 1 problem\n {2}- AUTH_SECRET: not set, required in production/,
  );
  await assert.rejects(stat(place.env.TRIVIUM_DATA_DIR ?? ""), { code: "ENOENT" });
});

test("the mistakes of an app are listed all at once, each with its operation, before anything is opened", async (t) => {
  const place = await placeFor(t);
  const program = join(import.meta.dirname, "unsound-app.fixture.ts");
  const text = await failedStart({ ...place, program });
  assert.match(text, /^The app unsound cannot start: \d+ problems\n/);
  const mistakes = [
    /start\.second: the same route as start\.first/,
    /start\.first.*output/,
    /start\.second.*"token"/,
    /start\.third.*"?filter/,
  ];
  for (const mistake of [...mistakes, /"start" is a command of the program itself/]) assert.match(text, mistake);
  await assert.rejects(stat(place.env.TRIVIUM_DATA_DIR ?? ""), { code: "ENOENT" });
});

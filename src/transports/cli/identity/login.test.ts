import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runNotes } from "../fixture/notes.fixture.ts";

const read = ["notes", "list"];
const token = "good.token-1";

async function configuration(t: TestContext): Promise<{ XDG_CONFIG_HOME: string }> {
  const folder = await mkdtemp(join(tmpdir(), "trivium-login-"));
  t.after(() => rm(folder, { recursive: true }));
  return { XDG_CONFIG_HOME: folder };
}

const sessionPath = (env: { XDG_CONFIG_HOME: string }): string =>
  join(env.XDG_CONFIG_HOME, "note-book", "session.json");

test("login keeps a token that only its user can read, later commands act by it, logout forgets it", async (t) => {
  const env = await configuration(t);
  const login = await runNotes(["login"], { env, stdin: `${token}\n` });
  assert.deepEqual([login.exit, login.stdout], [0, ""]);
  assert.equal((await stat(sessionPath(env))).mode & 0o777, 0o600);
  assert.equal((await runNotes(read, { env })).calls[0]?.user?.id, token);
  assert.equal((await runNotes(["logout"], { env })).exit, 0);
  assert.equal((await runNotes(read, { env })).calls[0]?.user, undefined);
  assert.ok(!(await readFile(sessionPath(env), "utf8")).includes(token));
});

test("a token belongs to one server: another one is not shown it", async (t) => {
  const env = await configuration(t);
  const url = ["--url", "http://127.0.0.1:8080"];
  assert.equal((await runNotes(["login", "--token", token, ...url], { env })).exit, 0);
  assert.equal((await runNotes([...read, "--url", "http://127.0.0.1:8080/"], { env })).calls[0]?.user?.id, token);
  assert.equal((await runNotes([...read, "--url", "http://127.0.0.1:8081"], { env })).calls[0]?.user, undefined);
  assert.equal((await runNotes(read, { env })).calls[0]?.user, undefined);
});

test("a flag comes before the environment, and that before the session; --as before both", async (t) => {
  const env = await configuration(t);
  await runNotes(["login", "--token", "good-session"], { env });
  const both = { ...env, NOTE_BOOK_TOKEN: "good-environment" };
  const user = async (args: readonly string[], environment: Record<string, string>) =>
    (await runNotes([...read, ...args], { env: environment })).calls[0]?.user?.id;
  assert.equal(await user([], env), "good-session");
  assert.equal(await user([], { ...env, NOTE_BOOK_TOKEN: "" }), "good-session");
  assert.equal(await user([], both), "good-environment");
  assert.equal(await user(["--token", "good-flag"], both), "good-flag");
  assert.equal(await user(["--as", "ann"], both), "ann");
});

test("without a token login refuses, and never asks a terminal", async (t) => {
  const env = await configuration(t);
  const terminal = { isTTY: true, [Symbol.asyncIterator]: () => assert.fail("read from the terminal") };
  for (const stdin of [terminal, "", "two words", "line\nline"]) {
    const run = await runNotes(["login"], { env, stdin });
    assert.equal(run.exit, 2);
    assert.match(run.stderr, /\n {2}--token: /);
  }
});

test("a session file that is none is named, and not overwritten", async (t) => {
  const env = await configuration(t);
  await runNotes(["login", "--token", token], { env });
  await writeFile(sessionPath(env), "not JSON");
  for (const args of [read, ["login", "--token", token]]) {
    const run = await runNotes(args, { env });
    assert.equal(run.exit, 1);
    assert.ok(run.stderr.includes(sessionPath(env)));
  }
  assert.equal(await readFile(sessionPath(env), "utf8"), "not JSON");
});

// Streams on the command line of a whole app: in this process, through the owner of the data, and at a server by its
// address. All three are the same to whoever types them.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { type ChatPlace, freshPlace, runChat, startChat } from "./kit/chat-server.ts";

const program = resolve(import.meta.dirname, "kit/relay.fixture.ts");
const words = '{"text":"one"}\n\n{"text":"two"}\n';

async function freshRelay(t: TestContext): Promise<ChatPlace> {
  const place = { ...(await freshPlace()), program };
  t.after(() => place.remove());
  return place;
}

/** The program, running; its input stays open. */
function start(t: TestContext, { env, folder }: ChatPlace, args: readonly string[]) {
  const flags = ["--conditions=trivium-source", "--disable-warning=ExperimentalWarning"];
  const child = spawn(process.execPath, [...flags, program, ...args], { env, cwd: folder });
  t.after(() => child.kill("SIGKILL"));
  child.stdin.on("error", () => undefined); // a child that has ended reads no more
  return child;
}

/** What each kind of stream does, whichever way the command goes. */
async function assertStreams(t: TestContext, place: ChatPlace, way: readonly string[]): Promise<void> {
  const broken = await runChat(place, ["relay", "count", "--to", "3", "--fail-at", "3", ...way]);
  assert.deepEqual(broken, { code: 9, stdout: '{"n":1}\n{"n":2}\n', stderr: "error: It broke (BROKEN)\n" });

  const joined = await runChat(place, ["relay", "join", "--name", "ann", "--json", ...way], words);
  assert.deepEqual(joined, { code: 0, stdout: '{"name":"ann","text":"one two"}\n', stderr: "" });

  const talking = start(t, place, ["relay", "echo", "--greeting", "hello", ...way]);
  const exited = once(talking, "close");
  for (const word of ["hello", "one", "two"]) {
    if (word !== "hello") talking.stdin.write(`${JSON.stringify({ text: word })}\n`);
    const [answer] = await once(talking.stdout, "data");
    assert.equal(String(answer), `${JSON.stringify({ text: word })}\n`);
  }
  talking.stdin.write('{"text":"bye"}\n');
  assert.deepEqual(await exited, [0, null]);
}

/** What a server says of a stream comes out as if it had run here. */
async function assertRefusals(place: ChatPlace, way: readonly string[]): Promise<void> {
  const join = ["relay", "join", "--name", "ann", ...way];
  for (const [args, stdout] of [
    [join, ""],
    [["relay", "echo", ...way], '{"text":"one"}\n{"text":"two"}\n'],
  ] as const) {
    const wrong = await runChat(place, args, `${words}nonsense\n`);
    assert.deepEqual([wrong.code, wrong.stdout], [2, stdout]);
    assert.match(wrong.stderr, /^error: Line 4 is not valid JSON \(MALFORMED_BODY\)\n/);
  }

  const refused = await runChat(place, join, '{"text":"one"}\n{"txt":"two"}\n');
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /\n {2}line 2, text: Is required\n/);

  const late = await runChat(place, ["relay", "watch", "--timeout", "2", ...way]);
  assert.deepEqual([late.code, late.stdout], [4, '{"n":1}\n']);
}

test("in the process itself", async (t) => {
  await assertStreams(t, await freshRelay(t), []);
});

test("through the owner of the data, and at a server by its address", async (t) => {
  const place = await freshRelay(t);
  const server = await startChat(place);
  t.after(() => server.kill());
  await assertStreams(t, place, []);
  const way = ["--url", server.http];
  const elsewhere = await freshRelay(t);
  await assertStreams(t, elsewhere, way);
  await assertRefusals(elsewhere, way);
});

test("a signal ends a stream in order, and the exit code says which it was", async (t) => {
  const place = await freshRelay(t);
  for (const [signal, exit] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    const child = start(t, place, ["relay", "watch"]);
    child.stdout.once("data", () => child.kill(signal));
    const said = text(child.stderr);
    assert.deepEqual(await once(child, "close"), [exit, null]);
    assert.equal(await said, "error: The caller cancelled the call (CANCELLED)\n");
  }
});

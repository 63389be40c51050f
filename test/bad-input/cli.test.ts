// Bad command lines, sent through the process that owns the data: the program as a user runs it.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { type CommandResult, runChat } from "../kit/chat-server.ts";
import { startFilledChat } from "./chat.ts";

const chat = await startFilledChat();
afterEach(() => chat.assertUnharmed());

const me = ["--as", chat.userId];

/** Runs each command line, two at a time, and compares exit code and reason; with `--json`, so also the whole object. */
async function refused(
  lines: readonly (readonly [args: readonly string[], exit: number, reason: string])[],
): Promise<void> {
  const waiting = [...lines];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [args, exit, reason] = next;
      const { code, stdout, stderr } = await runChat(chat.place, args.toSpliced(2, 0, "--json"));
      assert.deepEqual([code, stdout], [exit, ""], `${args.join(" ").slice(0, 200)}\n${stderr}`);
      assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
      assert.equal(JSON.parse(stderr).reason, reason, stderr);
    }
  };
  await Promise.all([work(), work()]);
}

test("flags and commands that are not there, given twice, or without a value", async () => {
  const list = ["messages", "list", "--channel-id", chat.channelId];
  await refused([
    [["mesages", "list"], 2, "VALIDATION_FAILED"],
    [[...list, "--nope", "1"], 2, "VALIDATION_FAILED"],
    [[...list, "--__proto__", "1"], 2, "VALIDATION_FAILED"],
    [[...list, "--limit"], 2, "VALIDATION_FAILED"],
    [[...list, "--limit", "1", "--limit", "2"], 2, "VALIDATION_FAILED"],
    [[...list, "stray"], 2, "VALIDATION_FAILED"],
    [[...list, "--url", "http://127.0.0.1:1", "--token", "x"], 14, "UNREACHABLE"],
  ]);
  const { code, stderr } = await runChat(chat.place, ["mesages", "list"]);
  assert.equal(code, 2);
  assert.match(stderr, /^error: There is no command mesages .*\nhint: Did you mean messages\?/);
});

test("inputs that are no JSON object, too large, nested 10,000 deep, or that break the contract", async () => {
  const post = ["messages", "post", ...me];
  const file = async (name: string, content: string | Buffer): Promise<string> => {
    await writeFile(join(chat.place.folder, name), content);
    return `@${name}`;
  };
  const body = (value: string): string => `{"channelId":"${chat.channelId}","body":${value}}`;
  const deep = await file("deep.json", body("[".repeat(10_000) + "]".repeat(10_000)));
  const large = await file("large.json", body(`"${"x".repeat(2 * 1024 * 1024)}"`));
  const bytes = await file("bytes.json", Buffer.from([0x7b, 0xff, 0x7d]));
  await refused([
    [[...post, "--input", "{"], 2, "MALFORMED_BODY"],
    [[...post, "--input", "@nowhere.json"], 2, "MALFORMED_BODY"],
    [[...post, "--input", bytes], 2, "MALFORMED_BODY"],
    [[...post, "--input", large], 8, "BODY_TOO_LARGE"],
    [[...post, "--input", deep], 2, "VALIDATION_FAILED"],
    [[...post, "--input", body('"a\\u0000b"')], 2, "VALIDATION_FAILED"],
    [[...post, "--input", body('"a\\ud800b"')], 2, "VALIDATION_FAILED"],
    [[...post, "--input", `{"__proto__":{},${body('"x"').slice(1)}`], 2, "VALIDATION_FAILED"],
    [[...post, "--input", body('"x"'), "--body", "y"], 2, "VALIDATION_FAILED"],
    [[...post, "--channel-id", chat.channelId], 2, "VALIDATION_FAILED"],
  ]);
});

test("credentials that are none, and nobody at all", async () => {
  await refused([
    [["accounts", "me"], 16, "CREDENTIAL_MISSING"],
    [["accounts", "me", "--token", "x.y.z"], 16, "CREDENTIAL_INVALID"],
    [["accounts", "me", "--token", "line\nbreak"], 16, "CREDENTIAL_INVALID"],
  ]);
});

test("a good command line goes through the owner, before and after", async () => {
  const { code, stdout, stderr }: CommandResult = await runChat(chat.place, ["accounts", "me", ...me, "--json"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.equal(JSON.parse(stdout).id, chat.userId);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { appError } from "../../../core/catalogue.ts";
import type { Caller } from "../../../pipeline/call.ts";
import { runTalks } from "./talks.fixture.ts";

const lines = (text: string): unknown[] =>
  text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

test("a server stream answers a line of JSON for each message, before it ends", async () => {
  const { exit, stdout, stderr } = await runTalks(["talks", "count", "--to", "2", "--json"]);
  assert.deepEqual([exit, stderr], [0, ""]);
  assert.deepEqual(lines(stdout), [
    { n: 1, cursor: "c 1" },
    { n: 2, cursor: "c 2", note: "a\u001b[2Jb c" },
  ]);
  const piped = await runTalks(["talks", "count", "--input", "-"], { stdin: '{"to":1}' });
  assert.equal(piped.stdout, '{"n":1,"cursor":"c 1"}\n');
  assert.equal(piped.stderr, "note: Deprecated since 2026-01-01.\n");
});

test("on a terminal each message is one line for a person, which cannot move the cursor", async () => {
  const { stdout } = await runTalks(["talks", "count", "--to", "2"], { isTerminal: true, env: { NO_COLOR: "1" } });
  assert.equal(stdout, "n=1  cursor=c 1\nn=2  cursor=c 2  note=a\\x1b[2Jb c\n");
  const bold = await runTalks(["talks", "count", "--to", "1"], { isTerminal: true, env: {} });
  assert.ok(bold.stdout.startsWith("\u001b[1mn\u001b[22m=1  "));
  const json = await runTalks(["talks", "count", "--to", "2", "--json"], { isTerminal: true });
  assert.ok(!json.stdout.includes("\u001b"));
  assert.equal(lines(json.stdout).length, 2);
});

test("a client stream takes items and prints its one answer as any operation does", async () => {
  const stdin = '{"n":1}\r\n\n{"n":101}\nnonsense\n{"n":4}';
  const plain = await runTalks(["talks", "sum", "--name", "x"], { stdin });
  assert.equal(
    plain.stdout,
    'sum\tbad\n5\t["1: The input breaks the rules of this operation","2: Line 4 is not valid JSON"]\n',
  );
  const json = await runTalks(["talks", "sum", "--input", '{"name":"x"}', "--json"], { stdin: "" });
  assert.deepEqual([json.stdout, json.exit], ['{"sum":0,"bad":[]}\n', 0]);
  assert.deepEqual(json.calls[0]?.input, { name: "x" });
});

test("in a bidi stream items and answers come as they come; the end of the input ends it, and so may the server", async () => {
  let told = (): void => undefined;
  let stdout = "";
  const sink = {
    write(text: string, done?: (error?: Error | null) => void) {
      stdout += text;
      done?.();
      told();
    },
  };
  async function* typed() {
    for (const text of ["one", "two"]) {
      const answered = new Promise<void>((resolve) => {
        told = resolve;
      });
      yield `${JSON.stringify({ text })}\n`;
      await answered;
    }
  }
  const run = await runTalks(["talks", "echo"], { stdin: typed(), stdout: sink });
  assert.deepEqual([run.exit, stdout], [0, '{"text":"one"}\n{"text":"two"}\n']);

  let left = false;
  async function* open() {
    try {
      yield '{"text":"bye"}\n';
      await new Promise(() => undefined);
    } finally {
      left = true;
    }
  }
  const source = open();
  const ended = await runTalks(["talks", "echo", "--greeting", "hi"], { stdin: source });
  assert.deepEqual([ended.exit, ended.stdout, left], [0, '{"text":"hi"}\n', true]);
});

const failures: readonly (readonly [
  args: readonly string[],
  stdin: string,
  exit: number,
  answers: number,
  error: RegExp,
])[] = [
  [["count", "--to", "3", "--fail-at", "1"], "", 9, 0, /^error: It broke \(BROKEN\)\n$/m],
  [["count", "--to", "3", "--fail-at", "3"], "", 9, 2, /^note: go on where it ended with --after 'c 2'\n$/m],
  [["count", "--to", "x"], "", 2, 0, /\n {2}--to: /],
  [["watch"], "", 16, 0, /\(CREDENTIAL_MISSING\)/],
  [["watch", "--token", "bad"], "", 16, 0, /\(CREDENTIAL_INVALID\)/],
  [["watch", "--token", "good", "--timeout", "0.1"], "", 4, 1, /\(DEADLINE_EXCEEDED\)/],
  [["echo"], '{"text":"a"}\n{"text":"break"}\n', 9, 1, /^error: It broke \(BROKEN\)\n$/m],
  [["echo"], '\n{"text":"a"}\n\n{"text":""}\n', 2, 1, /\n {2}line 4, text: Must have at least 1 character\n/],
  [["echo"], '{"text":"a"}\n"b"\n', 2, 1, /\n {2}line 2: /],
  [["echo"], '{"text":"a"}\nnot\n', 2, 1, /^error: Line 2 is not valid JSON .*\nhint: .*on each line\.\n/],
  [["echo", "--input", "{"], '{"text":"a"}\n', 2, 0, /^error: The input is not valid JSON .*\nhint: .*--input/],
  [["echo", "--input", "-"], '{"text":"a"}\n', 2, 0, /\n {2}--input: The standard input holds the items/],
  [["sum", "--n", "1"], "", 2, 0, /^error: There is no flag --n/],
];

for (const [args, stdin, exit, answers, error] of failures) {
  test(`what was answered stays printed, the error is told: ${args.join(" ")} < ${JSON.stringify(stdin)}`, async () => {
    const run = await runTalks(["talks", ...args], { stdin });
    assert.equal(run.exit, exit);
    assert.match(run.stderr, error);
    assert.ok(answers === 0 ? run.stdout === "" : lines(run.stdout).length >= answers, run.stdout);
    const json = await runTalks(["talks", ...args, "--json"], { stdin });
    assert.equal(json.exit, exit);
    assert.equal(typeof JSON.parse(json.stderr).reason, "string");
  });
}

test("why a line cannot be read is known here, also when a server only says that it cannot", async () => {
  const caller: Caller = {
    async run({ items }) {
      for (let item = await items?.next(); item?.done === false; item = await items?.next());
      return { ok: false, requestId: "1", error: appError("MALFORMED_BODY") };
    },
  };
  const open = async () => ({ caller, close: async () => undefined });
  const { exit, stderr } = await runTalks(["talks", "echo"], { open, stdin: [Buffer.from([10, 0xe9, 10])] });
  assert.equal(exit, 2);
  assert.match(stderr, /^error: Line 2 is not valid UTF-8 \(MALFORMED_BODY\)\n/);
  const whole = await runTalks(["talks", "echo"], { open, stdin: "{}" });
  assert.match(whole.stderr, /^error: The body is not valid JSON/);
});

test("where to go on cannot move the cursor either", async () => {
  const caller: Caller = {
    async run({ send }) {
      await send?.({ n: 1, cursor: "a\u001b[2J" });
      return { ok: false, requestId: "1", error: appError("SLOW_CONSUMER") };
    },
  };
  const open = async () => ({ caller, close: async () => undefined });
  const { stderr } = await runTalks(["talks", "count", "--to", "2"], { open });
  assert.match(stderr, /^note: go on where it ended with --after 'a\\x1b\[2J'\n$/m);
});

test("an answer is taken when the one before it is out", async () => {
  const written: string[] = [];
  let release = (): void => undefined;
  const slow = {
    write(text: string, done?: (error?: Error | null) => void) {
      written.push(text);
      release = () => done?.();
    },
  };
  const running = runTalks(["talks", "count", "--to", "3"], { stdout: slow });
  for (let count = 1; count <= 3; count++) {
    await delay(20);
    assert.equal(written.length, count);
    release();
  }
  assert.equal((await running).exit, 0);
});

test("a reader that has seen enough ends the stream without an error; an output that cannot be written is one", async () => {
  for (const [code, exit, stderr] of [
    ["EPIPE", 0, ""],
    ["ENOSPC", 1, "error: the output cannot be written (ENOSPC)\n"],
  ] as const) {
    let writes = 0;
    const stdout = {
      write: (_: string, done?: (error?: Error | null) => void) =>
        done?.(++writes > 2 ? Object.assign(new Error(code), { code, syscall: "write" }) : null),
    };
    const run = await runTalks(["talks", "watch", "--token", "good"], { stdout });
    assert.deepEqual([run.exit, run.stderr, writes], [exit, stderr, 3]);
  }
});

test("an interrupt cancels a stream that waits for its input, and leaves the input", async () => {
  const interrupt = new AbortController();
  const silent = {
    destroyed: false,
    destroy: () => (silent.destroyed = true),
    [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }),
  };
  const running = runTalks(["talks", "sum", "--name", "x"], { stdin: silent, signal: interrupt.signal });
  setTimeout(() => interrupt.abort(), 20);
  const { exit, stdout, stderr } = await running;
  assert.deepEqual([exit, stdout, silent.destroyed], [130, "", true]);
  assert.match(stderr, /CANCELLED/);
});

test("a person who types is told on stderr what is awaited", async () => {
  async function* keys() {
    yield '{"text":"a"}\n';
  }
  const stdin = Object.assign(keys(), { isTTY: true });
  const run = await runTalks(["talks", "echo", "--json"], { stdin });
  assert.equal(run.stderr, 'note: type one item on each line, such as {"text":"text"}; Ctrl-D ends them\n');
  assert.equal(run.stdout, '{"text":"a"}\n');
});

test("help marks streams, names the fields of an item, and its example works", async () => {
  const group = await runTalks(["talks", "--help"]);
  for (const line of [/count +Count \(streams answers\)/, /sum +.*\(streams items\)/, /echo +.*\(streams both ways\)/])
    assert.match(group.stdout, line);
  const { stdout } = await runTalks(["talks", "sum", "--help"]);
  for (const line of [
    /one JSON object on each line/,
    /\n {2}n <integer> +0 to 100, required\n {2}why <text>\n {2}parts <list>\n/,
  ])
    assert.match(stdout, line);
  assert.ok(!stdout.includes("--n ") && !stdout.includes("for the standard input"));
  const [, item, args] = /Example:\n {2}echo '(.*)' \| talk-show (.*)\n/.exec(stdout) ?? [];
  const run = await runTalks((args ?? "").split(" "), { stdin: item ?? "" });
  assert.deepEqual([run.exit, run.stdout], [0, "sum\tbad\n1\t[]\n"]);
  assert.match((await runTalks(["talks", "count", "--help"])).stdout, /Example:\n {2}talk-show talks count --to 1\n/);
});

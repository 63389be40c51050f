import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { command, query, service, z } from "../../contract/index.ts";
import { createRegistry } from "../../contract/registry.ts";
import type { Service } from "../../contract/service.ts";
import { SetupError } from "../../core/setup-error.ts";
import { plantedSecret, rows, runNotes } from "./fixture/notes.fixture.ts";
import type { ProgramRun } from "./fixture/program.fixture.ts";
import { cliProblems } from "./program.ts";

const id = "01932c5e-7a10-7c3f-9d2a-0123456789ab";
const text = ["notes", "write", "--text", "x"];

/** The lines of stderr that say what was wrong. */
const errorOf = ({ stderr }: ProgramRun): string => stderr.split("\n")[0] ?? "";

/** The problem object on stderr. */
const problemOf = ({ stderr }: ProgramRun) => JSON.parse(stderr);

test("an operation is a command: its flags are the input, its answer goes to stdout, and nothing else is said", async () => {
  const run = await runNotes([...text, "--count", "3", "--tags", "a", "--tags", "b", "--private"]);
  assert.equal(run.exit, 0);
  assert.equal(run.stderr, "");
  assert.deepEqual(run.calls[0]?.input, {
    text: "x",
    count: 3,
    tags: ["a", "b"],
    private: true,
    kind: "draft",
    numbers: [],
  });
  assert.equal(run.calls[0]?.road, "cli");
  assert.match(run.stdout, /^saw\n\{.*\}\n$/);
});

test("a second version of a service is reached by its number", async () => {
  const { calls } = await runNotes(["notes", "v2", "get", "--id", id, "--token", "good"]);
  assert.equal(calls[0]?.operation.id, "notes.v2.get");
});

test("--json prints the exact answer; without an output there is nothing to print", async () => {
  const run = await runNotes(["notes", "get", "--id", id, "--token", "good", "--json"]);
  assert.equal(run.stdout, `${JSON.stringify(rows[1])}\n`);
  const none = await runNotes(["notes", "remove", "--id", id, "--json"]);
  assert.deepEqual([none.exit, none.stdout, none.stderr], [0, "", ""]);
});

test("a list is a table on a terminal, with a note how to go on; values cannot move the cursor", async () => {
  const run = await runNotes(["notes", "list", "--limit", "1"], { isTerminal: true, env: { NO_COLOR: "1" } });
  assert.equal(
    run.stdout,
    `id${" ".repeat(36)}text   topic  tags       private\n${id}  plain         ["a","b"]  false\n`,
  );
  assert.equal(run.stderr, "note: there are more: add --cursor 'it'\\''s'\n");
  const record = await runNotes(["notes", "get", "--id", id, "--token", "good"], { isTerminal: true, env: {} });
  assert.ok(!record.stdout.includes("\u001b[31m"));
  assert.ok(record.stdout.includes("\\x1b[31mred\\ttab\\nline"));
  assert.ok(record.stdout.startsWith("\u001b[1mid     \u001b[22m  "));
});

test("in a pipe there are tabs, a heading and no colour; tabs and line ends in values are escaped", async () => {
  const { stdout } = await runNotes(["notes", "list"]);
  assert.equal(
    stdout,
    `id\ttext\ttopic\ttags\tprivate\n${id}\tplain\t\t["a","b"]\tfalse\n${id}\t\\x1b[31mred\\ttab\\nline \\\\\t日本語\t[]\ttrue\n`,
  );
});

test("every violation is named by its flag, and the exit code is the error's", async () => {
  const run = await runNotes(["notes", "write", "--count", "many", "--numbers", "1.5"]);
  assert.equal(run.exit, 2);
  assert.equal(run.stdout, "");
  assert.match(run.stderr, /^error: The input breaks the rules of this operation \(VALIDATION_FAILED\)\n/);
  assert.match(run.stderr, /\n {2}--count: .*number.*\n/);
  assert.match(run.stderr, /\n {2}--text: Is required\n/);
  assert.match(run.stderr, /\n {2}numbers\[0\]: /);
});

test("with --json an error is the problem object on stderr", async () => {
  const run = await runNotes([
    "notes",
    "get",
    "--id",
    "01932c5e-7a10-7c3f-9d2a-000000000000",
    "--token",
    "good",
    "--json",
  ]);
  assert.equal(run.exit, 5);
  assert.equal(problemOf(run).reason, "NOTE_NOT_FOUND");
  assert.equal(problemOf(run).requestId, run.calls[0]?.id);
});

test("an unknown error shows nothing of itself", async () => {
  for (const args of [[], ["--json"]]) {
    const run = await runNotes(["notes", "burst", ...args]);
    assert.equal(run.exit, 13);
    assert.ok(!run.stderr.includes(plantedSecret) && run.stdout === "");
    assert.ok(run.calls[0] !== undefined && run.stderr.includes(run.calls[0].id));
  }
});

const refused: readonly (readonly [args: readonly string[], stderr: RegExp])[] = [
  [["note"], /^error: There is no command note .*\nhint: Did you mean notes\?/],
  [["notes", "wriet"], /^error: There is no command wriet .*\nhint: Did you mean write\?/],
  [["notes", "write", "--txet", "x"], /^error: There is no flag --txet .*\nhint: Did you mean --text\?/],
  [["notes", "write", "--extra", "1"], /^error: There is no flag --extra .*\nhint: Give extra by --input/],
  [["notes", "write", "word"], /^error: There is a word too many/],
  [["notes", "write", "--text"], /^error: The flag --text needs a value/],
  [[...text, "--text", "y"], /\n {2}--text: Is given more than once\n/],
  [[...text, "--input", '{"text":"y"}'], /\n {2}--text: Is given more than once\n/],
  [[...text, "--private", "--no-private"], /\n {2}--private: Is given more than once\n/],
  [[...text, "--topic", "t", "--clear-topic"], /\n {2}--topic: Is given more than once\n/],
  [["notes", "write", "--input", "{}", "--input", "{}"], /\n {2}--input: Is given more than once\n/],
  [["--token", "a", ...text, "--token", "b"], /\n {2}--token: Is given more than once\n/],
  [[...text, "--timeout", "0"], /\n {2}--timeout: Must be a number of seconds/],
  [[...text, "--timeout", "1e9"], /\n {2}--timeout: Must be a number of seconds/],
  [[...text, "--url", "ftp://example.org"], /\n {2}--url: Must be an address/],
  [[...text, "--url", "http://u:p@example.org"], /\n {2}--url: Must be an address/],
  [[...text, "--as", "ann", "--token", "t"], /\n {2}--as: Is a second identity/],
  [[...text, "--as", "ann", "--url", "http://example.org"], /\n {2}--as: Acts on the app's own data only/],
  [["notes", "write", "--input", "{"], /^error: The input is not valid JSON/],
  [["notes", "write", "--input", "[]"], /^error: The input is not a JSON object/],
  [["notes", "write", "--input", "@/no/such/file"], /^error: The input file cannot be read \(ENOENT\)/],
];

for (const [args, stderr] of refused) {
  test(`refused before anything is opened: ${args.join(" ")}`, async () => {
    const run = await runNotes(args);
    assert.equal(run.exit, 2);
    assert.match(run.stderr, stderr);
    assert.deepEqual([run.stdout, run.opened], ["", []]);
    const asJson = await runNotes([...args, ...(args.at(-1) === "--text" ? [] : ["--json"])]);
    assert.equal(asJson.exit, 2);
    if (args.at(-1) !== "--text") assert.equal(problemOf(asJson).code, "INVALID_ARGUMENT");
  });
}

test("a refusal never repeats a value: it may be a secret", async () => {
  for (const args of [
    ["--pni=hunter2"],
    ["--pni", "hunter2"],
    ["--pin", "a", "--pin", "hunter2"],
    ["--count", "hunter2"],
    ["hunter2"],
    ["--input", '{"pin":hunter2}'],
  ]) {
    const run = await runNotes(["notes", "write", ...args]);
    assert.equal(run.exit, 2);
    assert.ok(!run.stderr.includes("hunter2"), run.stderr);
  }
});

test("--input is JSON as it stands, a file or the standard input; flags fill the rest", async (t) => {
  const piped = await runNotes(["notes", "write", "--input", "-", "--count", "2"], {
    stdin: [Buffer.from('{"text":"\xc3', "latin1"), Buffer.from('\xa9","numbers":[]}', "latin1")],
  });
  assert.deepEqual(piped.calls[0]?.input, {
    text: "é",
    count: 2,
    tags: [],
    numbers: [],
    private: false,
    kind: "draft",
  });
  const folder = await mkdtemp(join(tmpdir(), "trivium-cli-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "input.json"), '{"text":"from a file","numbers":[1]}');
  const file = await runNotes(["notes", "write", "--input", `@${join(folder, "input.json")}`]);
  assert.deepEqual(file.calls[0]?.input, {
    text: "from a file",
    tags: [],
    numbers: [1],
    private: false,
    kind: "draft",
  });
});

test("an input that is no UTF-8, too large or far too deep ends in its own error", async () => {
  const write = ["notes", "write", "--input", "-"];
  const latin = await runNotes(write, { stdin: [Buffer.from('{"text":"\xe9"}', "latin1")] });
  assert.deepEqual([latin.exit, errorOf(latin)], [2, "error: The input is not valid UTF-8 (MALFORMED_BODY)"]);
  let given = 0;
  const endless = (async function* () {
    for (;;) {
      given++;
      yield Buffer.alloc(65_536, 32);
    }
  })();
  const large = await runNotes(write, { stdin: endless });
  assert.deepEqual([large.exit, errorOf(large)], [8, "error: The input is larger than the limit (BODY_TOO_LARGE)"]);
  assert.equal(given, 17);
  const flag = await runNotes(["notes", "write", "--text", "x".repeat(1024 * 1024 + 1)]);
  assert.equal(flag.exit, 8);
  const deep = `{"text":"x","numbers":[],"extra":${"[".repeat(10_000)}${"]".repeat(10_000)}}`;
  const nested = await runNotes([...write, "--json"], { stdin: deep });
  assert.equal(nested.exit, 2);
  assert.ok(problemOf(nested).violations.some(({ rule }: { rule: string }) => rule === "too_deep"));
});

test("__proto__ in an input is an unknown field and nothing more", async () => {
  const run = await runNotes([
    "notes",
    "write",
    "--json",
    "--input",
    '{"text":"x","numbers":[],"__proto__":{"private":true}}',
  ]);
  assert.deepEqual(
    problemOf(run).violations.map(({ path, rule }: { path: string; rule: string }) => [path, rule]),
    [["__proto__", "unknown_field"]],
  );
  assert.equal(({} as Record<string, unknown>).private, undefined);
});

test("an address, a user and a length of time reach the call", async () => {
  const remote = await runNotes([...text, "--url", "http://127.0.0.1:1/", "--timeout", "2.5"]);
  assert.deepEqual(remote.opened, [{ url: "http://127.0.0.1:1/" }]);
  const [call] = remote.calls;
  assert.ok(call !== undefined && Math.abs(call.deadline - Date.now() - 2500) < 1000);
  const local = await runNotes(["--as", "ann", ...text]);
  assert.deepEqual([local.opened, local.calls[0]?.user?.id], [[{ url: undefined }], "ann"]);
});

test("an interrupt cancels the call, or the reading of its input, with 130", async () => {
  const interrupt = new AbortController();
  const waiting = runNotes(["notes", "wait"], { signal: interrupt.signal });
  setImmediate(() => interrupt.abort());
  const run = await waiting;
  assert.deepEqual([run.exit, errorOf(run)], [130, "error: The caller cancelled the call (CANCELLED)"]);
  const silent = {
    destroyed: false,
    destroy: () => (silent.destroyed = true),
    [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }),
  };
  const reading = await runNotes(["notes", "write", "--input", "-"], { stdin: silent, signal: interrupt.signal });
  assert.deepEqual([reading.exit, silent.destroyed], [130, true]);
});

test("help goes to stdout at every level, with an example that works; half a command is told what follows", async () => {
  for (const args of [
    ["--help"],
    ["-h"],
    ["help"],
    ["notes", "--help"],
    ["help", "notes"],
    ["notes", "get", "--help"],
  ]) {
    const run = await runNotes(args);
    assert.deepEqual([run.exit, run.stderr], [0, ""], args.join(" "));
    assert.match(run.stdout, /^Usage: note-book/);
    assert.match(run.stdout, /\nExample:\n {2}note-book notes /);
  }
  const help = await runNotes(["help", "notes", "write"]);
  for (const line of [
    /--kind <draft\|final> +default "draft"/,
    /--count <integer> +0 to 10/,
    /--numbers <integer> +may be repeated, required/,
    /--clear-topic +topic is null/,
    /Only by --input: extra/,
  ])
    assert.match(help.stdout, line);
  const example = /Example:\n {2}note-book (.*)\n/.exec(help.stdout)?.[1];
  assert.equal((await runNotes((example ?? "").split(" "))).exit, 0);
  for (const args of [[], ["notes"], ["notes", "v2"]]) {
    const half = await runNotes(args);
    assert.deepEqual([half.exit, half.stdout], [2, ""]);
    assert.match(half.stderr, /^Usage: note-book/);
  }
});

test("failures and deprecation show in help", async () => {
  const get = await runNotes(["notes", "get", "--help"]);
  assert.match(get.stdout, /\n {2}5 {2}NOTE_NOT_FOUND {2}There is no such note\n/);
  const remove = await runNotes(["notes", "remove", "--help"]);
  assert.match(remove.stdout, /Deprecated since 2026-01-01; use notes.write instead\./);
});

test("version prints the app's own, and the app's other commands give the exit code", async () => {
  assert.equal((await runNotes(["version"])).stdout, "1.2.3\n");
  assert.equal((await runNotes(["version", "--json"])).stdout, '{"app":"note-book","version":"1.2.3"}\n');
  const commands = [{ name: "start", summary: "Serve", run: async () => 7 }];
  assert.equal((await runNotes(["start"], { commands })).exit, 7);
});

test("an app that cannot be opened says all of its problems, with exit code 1", async () => {
  const open = async (): Promise<never> => {
    throw new SetupError(["DATABASE_URL: no", "HTTP_PORT: no"]);
  };
  const run = await runNotes(text, { open });
  assert.deepEqual([run.exit, run.stdout], [1, ""]);
  assert.equal(run.stderr, "error: The app cannot start: 2 problems\n  - DATABASE_URL: no\n  - HTTP_PORT: no\n");
  const json = await runNotes([...text, "--json"], { open });
  assert.deepEqual(problemOf(json), { title: "The app cannot start", problems: ["DATABASE_URL: no", "HTTP_PORT: no"] });
});

test("names that the command line needs for itself are refused at start, all at once", () => {
  const output = z.object({ ok: z.boolean() });
  const clash = service(
    "version",
    { version: 1 },
    {
      run: command({
        summary: "Run",
        http: "POST /run",
        input: {
          token: z.string(),
          fooBar: z.string(),
          foo_bar: z.string(),
          noLog: z.string(),
          log: z.boolean(),
          version: z.int(),
        },
        output,
        access: "public",
      }),
    },
  );
  const other = service(
    "notes",
    { version: 1 },
    { v2: query({ summary: "V2", http: "GET /v2", output, access: "public" }) },
  );
  const problems = cliProblems(createRegistry("x", [clash, other] as unknown as Service[])); // operations are not covariant in their kind
  assert.deepEqual(problems, [
    'version.run: "version" is a command of the program itself: use another service name',
    'version.run: the field "token" is a flag of the command line itself: use another name',
    'version.run: the fields "fooBar" and "foo_bar" both give the flag --foo-bar',
    'version.run: the fields "noLog" and "log" both give the flag --no-log',
  ]);
});

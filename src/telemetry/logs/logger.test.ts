import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { createLogger, type Logger, type LogLevel } from "./logger.ts";

interface Line {
  readonly [field: string]: unknown;
}

function logTo(lines: Line[], level: LogLevel = "info", redact: readonly string[] = []): Logger {
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return createLogger({ level, pretty: false, app: "chat", redact, destination });
}

test("a line is JSON with level, time, app, fields and message", (t) => {
  const lines: Line[] = [];
  const logger = logTo(lines);
  t.after(() => logger.close());
  logger.info({ channelId: "c1" }, "posted");
  const [line] = lines;
  assert.equal(line?.level, "info");
  assert.equal(line?.app, "chat");
  assert.equal(line?.channelId, "c1");
  assert.equal(line?.msg, "posted");
  assert.match(String(line?.time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test("a line that is not redacted has the same form as others, with what its log carries", (t) => {
  const printed: string[] = [];
  const destination = { write: (line: string) => void printed.push(line) };
  const logger = createLogger({ level: "info", pretty: false, app: "chat", destination });
  t.after(() => logger.close());
  const child = logger.with({ requestId: 'r"1' });
  for (const log of [logger, child]) {
    log.info({ a: 1, b: undefined, c: 'x"\u00e9\n' }, "y");
    log.line("info", { a: 1, b: undefined, c: 'x"\u00e9\n' }, "y");
    log.info({}, "y");
    log.line("info", {}, "y");
  }
  const lines = printed.map((line) => line.replace(/"time":"[^"]*"/, ""));
  for (let index = 0; index < lines.length; index += 2) assert.equal(lines[index + 1], lines[index]);
});

test("the level changes at run time, for logs made before the change too", (t) => {
  const lines: Line[] = [];
  const logger = logTo(lines, "warn");
  t.after(() => logger.close());
  const child = logger.with({ requestId: "r1" });
  child.info({}, "not printed");
  logger.level = "debug";
  child.debug({}, "printed");
  logger.level = "silent";
  child.error({}, "not printed");
  assert.deepEqual(
    lines.map((line) => [line.msg, line.requestId]),
    [["printed", "r1"]],
  );
});

test("planted secrets are printed neither as fields nor as fields of a child", (t) => {
  const lines: Line[] = [];
  const logger = logTo(lines, "debug", ["recoveryCode"]);
  t.after(() => logger.close());
  logger.with({ recoveryCode: "planted" }).info({ user: { recovery_code: "planted" } }, "x");
  logger.error({ err: new Error("postgres://u:planted@h/d") }, "y");
  assert.equal(lines.length, 2);
  assert.ok(!JSON.stringify(lines).includes("planted"));
});

function inChild(body: string): { stdout: string; status: number | null } {
  const source = `import { createLogger } from ${JSON.stringify(new URL("./logger.ts", import.meta.url).href)};\n${body}`;
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", source];
  return spawnSync(process.execPath, args, { encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } });
}

const endings: readonly (readonly [string, string, number])[] = [
  ["process.exit", "process.exit(3);", 3],
  ["an uncaught exception", "setImmediate(() => { throw new Error('crash'); });", 1],
  ["an unhandled rejection", "Promise.reject(new Error('crash'));", 1],
  ["the end of the event loop", "", 0],
];

for (const [name, ending, status] of endings) {
  test(`no line is lost at ${name}`, () => {
    const child = inChild(`
      const logger = createLogger({ level: "info", pretty: false, app: "chat" });
      for (let i = 0; i < 1000; i++) logger.info({ i }, "line");
      ${ending}`);
    const lines = child.stdout.trimEnd().split("\n");
    assert.equal(child.status, status);
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).i),
      Array.from({ length: 1000 }, (_, i) => i),
    );
  });
}

test("readable lines are not lost at process.exit either, and have no colour with NO_COLOR", () => {
  const { stdout } = inChild(`
    const logger = createLogger({ level: "info", pretty: true, app: "chat" });
    for (let i = 0; i < 200; i++) logger.info({ i }, "line");
    process.exit(0);`);
  assert.equal(stdout.trimEnd().split("\n").length, 200);
  assert.match(stdout, /INFO.*line.*"i":199/);
  assert.ok(!stdout.includes("\u001b"));
});

test("lines leave within moments while the process lives on", () => {
  const { stdout } = inChild(`
    const logger = createLogger({ level: "info", pretty: false, app: "chat" });
    logger.info({}, "early");
    setTimeout(() => process.kill(process.pid, "SIGKILL"), 1000);`);
  assert.match(stdout, /early/);
});

test("a line of level error leaves at once", () => {
  const { stdout } = inChild(`
    const logger = createLogger({ level: "info", pretty: false, app: "chat" });
    logger.info({}, "before");
    logger.error({}, "failed");
    process.kill(process.pid, "SIGKILL");`);
  assert.match(stdout, /before.*\n.*failed/);
});

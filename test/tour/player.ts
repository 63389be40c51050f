// Does what a document says, step by step, in a place of its own: a fresh data folder, home and ports.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { containsInOrder, matches } from "./compare.ts";
import type { Step } from "./document.ts";
import { freePorts } from "./free-ports.ts";
import { type ServiceProcess, startService } from "./service-process.ts";
import { openShell } from "./shell.ts";

const root = resolve(import.meta.dirname, "../..");

/** The variables of the ports, and the ports that documents name: those of a server that is told nothing. */
const documentedPorts = { HTTP_PORT: 8080, GRPC_PORT: 9090, ADMIN_PORT: 9100 };

/** What a step showed, as the document would have it. */
export interface Shown {
  readonly output: string;
  /** What went wrong, whatever was printed. */
  readonly failure?: string;
  /** How the output differs from the document's. */
  readonly difference?: string | undefined;
}

/** A place where a document is played. */
export interface Player {
  play(step: Step): Promise<Shown>;
  /** Stops what still runs and removes the place. */
  close(): Promise<void>;
}

/** Opens a place with nothing in it and nothing running. */
export async function openPlayer(): Promise<Player> {
  const folder = mkdtempSync(join(tmpdir(), "trivium-tour-"));
  const ports = await freePorts(3);
  const names = Object.entries(documentedPorts).map(([name, documented], index) => ({
    name,
    documented: `:${documented}`,
    real: `:${ports[index]}`,
  }));
  const env = environment(folder, Object.fromEntries(names.map(({ name, real }) => [name, real.slice(1)])));
  const shell = openShell({ cwd: root, env, folder });
  let service: ServiceProcess | undefined;

  const toReal = (command: string): string =>
    names.reduce((text, { documented, real }) => text.replaceAll(documented, real), command);
  const toDocumented = (output: string): string =>
    names
      .reduce((text, { documented, real }) => text.replaceAll(real, documented), output)
      .replaceAll(join(folder, "data"), ".trivium/data")
      .replaceAll(folder, "~")
      .replaceAll(root, ".")
      .replaceAll("\r", "");

  async function start({ command, expected }: Step): Promise<Shown> {
    if (service !== undefined) throw new Error("a service runs already: stop it first");
    service = await startService({ command: toReal(command), cwd: root, env, adminPort: ports[2] ?? 0 });
    return soon(() => printed(service?.output() ?? "", expected?.text));
  }

  async function stop({ expected }: Step): Promise<Shown> {
    if (service === undefined) throw new Error("no service runs: start one first");
    const before = service.output().length;
    const endedItself = await service.interrupt();
    const shown = printed(service.output().slice(before), expected?.text);
    service = undefined;
    return endedItself ? shown : { ...shown, failure: "the service did not end within 20 s" };
  }

  function printed(raw: string, expected: string | undefined): Shown {
    const output = serverLines(toDocumented(raw));
    const fine = expected === undefined || containsInOrder(output, expected);
    return { output, difference: fine ? undefined : different(expected, output) };
  }

  async function run({ command, exit: wanted, expected }: Step): Promise<Shown> {
    const { output: raw, exit, failedBefore } = await shell.run(toReal(command));
    const output = toDocumented(raw).trimEnd();
    if (failedBefore) return { output, failure: `a command before the last failed:\n${output}` };
    if (exit !== wanted) return { output, failure: `exit code ${exit}, expected ${wanted}:\n${output}` };
    const fine = expected === undefined || matches(output, expected.text);
    return { output, difference: fine ? undefined : different(expected.text, output) };
  }

  return {
    play(step) {
      if (step.kind === "start") return start(step);
      if (step.kind === "stop") return stop(step);
      return step.eventually ? soon(() => run(step)) : run(step);
    },
    async close() {
      await shell.close();
      await service?.interrupt();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The environment of a reader who has set nothing: this run's own settings for databases, tests and npm are not his. */
function environment(folder: string, ports: Record<string, string>): NodeJS.ProcessEnv {
  const hidden = /^(TEST_DATABASE_URL|DATABASE_URL|NODE_ENV|NODE_TEST_CONTEXT|npm_.*)$/;
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !hidden.test(name))),
    ...ports,
    PATH: [join(root, "node_modules/.bin"), process.env.PATH].join(delimiter),
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, ".config"),
    TRIVIUM_DATA_DIR: join(folder, "data"),
    NO_COLOR: "1",
    npm_config_loglevel: "error", // what npm says of a machine's own configuration is no output of the commands
  };
}

/** Tries again until all is as the document says, for ten seconds at most. */
async function soon(attempt: () => Shown | Promise<Shown>): Promise<Shown> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const shown = await attempt();
    const fine = shown.failure === undefined && shown.difference === undefined;
    if (fine || Date.now() > deadline) return shown;
    await delay(100);
  }
}

/** What a server printed, without npm's own lines and without log lines. */
function serverLines(output: string): string {
  const isOwn = (line: string): boolean => line.trim() !== "" && !/^(?:\{"|> |npm )/.test(line);
  return output.split("\n").filter(isOwn).join("\n");
}

function different(expected: string, output: string): string {
  try {
    assert.equal(output, expected);
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  return "the output differs only in what varies, but not in the same places";
}

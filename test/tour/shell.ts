// One bash session: variables and functions of one block are there in the next, as in a reader's terminal.

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a block of commands did. */
export interface Outcome {
  /** Both outputs, as they came. */
  readonly output: string;
  /** The exit code of the last command. */
  readonly exit: number;
  /** Whether a command before the last one failed. */
  readonly failedBefore: boolean;
}

/** An open session. */
export interface Shell {
  /** Runs a block. Blocks run one after another, never at once. Throws when the shell itself ends, or after 60 s. */
  run(block: string): Promise<Outcome>;
  close(): Promise<void>;
}

/** Opens a session; `folder` is where it may write its own file. */
export function openShell(options: { cwd: string; env: NodeJS.ProcessEnv; folder: string }): Shell {
  const { cwd, env, folder } = options;
  const bash = spawn("bash", ["--noprofile", "--norc"], { cwd, env, stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(bash, "close");
  const blockFile = join(folder, "block.sh");
  let output = "";
  let wake = (): void => undefined;
  bash.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    wake();
  });
  bash.once("close", () => wake());
  bash.stdin.write(`exec 2>&1; set -o pipefail; trap 'tour_failures=$((tour_failures + 1))' ERR\n`);

  async function outcome(end: RegExp): Promise<Outcome> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const found = end.exec(output);
      if (found !== null) {
        const exit = Number(found[1]); // a failing last command counts twice: itself, and the file that it ends
        return { output: output.slice(0, found.index), exit, failedBefore: Number(found[2]) > (exit === 0 ? 0 : 2) };
      }
      if (bash.exitCode !== null || Date.now() > deadline) {
        bash.kill("SIGKILL");
        throw new Error(`the shell ended or the block took over 60 s; until then it printed:\n${output}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadline - Date.now());
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  return {
    run(block) {
      const sign = randomUUID();
      output = "";
      writeFileSync(blockFile, `${block}\n`);
      bash.stdin.write(
        `tour_failures=0; . '${blockFile}' </dev/null; printf '\\n${sign} %s %s\\n' $? $tour_failures\n`,
      );
      return outcome(new RegExp(`\\n${sign} (\\d+) (\\d+)\\n`));
    },
    async close() {
      bash.stdin.end();
      await ended;
    },
  };
}

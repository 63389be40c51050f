// The reference service as a user runs it: a command in a process group of its own, as a terminal gives it one.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

/** How to start it. */
export interface ServiceCommand {
  /** A line for bash. */
  readonly command: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** The port of `/readyz`. */
  readonly adminPort: number;
}

/** A service that answers ready. */
export interface ServiceProcess {
  /** Everything it printed so far on both outputs. */
  output(): string;
  /**
   * Ctrl-C: SIGINT to the whole group. Answers once nothing of the group is left, and whether it ended by itself: after
   * 20 s it is killed. (The exit code says nothing: npm's shell dies of the signal that the service ends well on.)
   */
  interrupt(): Promise<boolean>;
}

/** Starts the service and waits until it is ready. Throws, with what it printed, when it ends before or takes over 60 s. */
export async function startService({ command, cwd, env, adminPort }: ServiceCommand): Promise<ServiceProcess> {
  const child = spawn("bash", ["-c", command], { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  const deadline = Date.now() + 60_000;
  while (!(await isReady(adminPort))) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the service ended with ${child.exitCode}:\n${output}`);
    if (Date.now() > deadline) {
      signalGroup(child, "SIGKILL");
      throw new Error(`the service was not ready within 60 s:\n${output}`);
    }
    await delay(50);
  }
  return {
    output: () => output,
    async interrupt() {
      signalGroup(child, "SIGINT");
      let killed = false;
      const killer = setTimeout(() => {
        killed = true;
        signalGroup(child, "SIGKILL");
      }, 20_000);
      await ended;
      clearTimeout(killer);
      return !killed;
    },
  };
}

async function isReady(adminPort: number): Promise<boolean> {
  try {
    const { status } = await fetch(`http://127.0.0.1:${adminPort}/readyz`, { signal: AbortSignal.timeout(2000) });
    return status === 200;
  } catch {
    return false; // nobody listens there yet
  }
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // the group has ended already
  }
}

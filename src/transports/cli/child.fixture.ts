// The fixture's program as a process of its own, for what only a process shows: pipes, signals, exit codes.

import { createNotesCaller, registry } from "./notes.fixture.ts";
import { createProgram } from "./program.ts";

const interrupt = new AbortController();
process.once("SIGINT", () => interrupt.abort());
const program = createProgram({
  registry,
  version: "1.2.3",
  open: async () => ({
    caller: createNotesCaller(() => process.stderr.write("calling\n")),
    close: async () => undefined,
  }),
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  isTerminal: process.stdout.isTTY === true,
  signal: interrupt.signal,
});
process.exitCode = await program.run(process.argv.slice(2));

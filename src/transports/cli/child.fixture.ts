// The program of the notes in a process.

import { runAsProcess } from "./child-program.fixture.ts";
import { createNotesCaller, registry } from "./notes.fixture.ts";

await runAsProcess({ registry, createCaller: createNotesCaller });

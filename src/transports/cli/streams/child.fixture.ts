// The program of the streams in a process.

import { runAsProcess } from "../fixture/child-program.fixture.ts";
import { createTalksCaller, registry } from "./talks.fixture.ts";

await runAsProcess({ registry, createCaller: createTalksCaller });

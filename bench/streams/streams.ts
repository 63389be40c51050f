// All that is measured of streams, in one run.

import { measureAcross } from "./across.ts";
import { measureEcho } from "./echo/echo.ts";
import { measureExport } from "./export.ts";
import { measureFanOut } from "./fan-out/fan-out.ts";

/** Measures and prints the tables. */
export async function measureStreams(rounds: number, messages: number): Promise<void> {
  await measureEcho(rounds, messages);
  await measureFanOut(rounds);
  await measureAcross(rounds * 50);
  await measureExport(1_000_000);
}

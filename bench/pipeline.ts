// The pipeline alone, in-process: every step on, a token seen before, a handler that only answers.

import { openSync } from "node:fs";
import app from "../reference/app.ts";
import { createAdmission } from "../src/app/admission.ts";
import { createObservability } from "../src/app/observe/observability.ts";
import { createAuthenticator } from "../src/auth/authenticator.ts";
import { createTokens } from "../src/auth/tokens.ts";
import { createPipeline } from "../src/pipeline/pipeline.ts";
import { benchSecret, benchToken } from "./fixture.ts";
import { sampleMessage } from "./sample.ts";

/** Microseconds of CPU per call: the median of the rounds. */
export async function measurePipeline(rounds: number, calls: number): Promise<number> {
  const operation = app.registry.operations.find(({ id }) => id === "messages.get");
  if (operation === undefined) throw new Error("messages.get is gone");
  const observability = createObservability(app, {
    level: "info",
    pretty: false,
    destination: openSync("/dev/null", "w"),
  });
  const admission = createAdmission({ maxCallsInFlight: 10_000, maxStreams: 10_000, maxEventLoopDelay: 10_000 });
  const pipeline = createPipeline(
    [{ operation, executor: { authorize: undefined, execute: async () => sampleMessage }, middleware: [] }],
    {
      telemetry: observability.calls,
      admission,
      authenticator: createAuthenticator({ tokens: createTokens({ secret: benchSecret, issuer: "chat" }) }),
      times: { defaultTimeout: 15_000, maxTimeout: 30_000 },
    },
  );
  const credential = { kind: "bearer", token: await benchToken() } as const;
  const input = { id: sampleMessage.id };
  const samples: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const before = process.cpuUsage();
    for (let call = 0; call < calls; call += 32) {
      const outcomes = Array.from({ length: 32 }, () => pipeline.run({ operation, road: "http", input, credential }));
      for (const outcome of await Promise.all(outcomes)) if (!outcome.ok) throw outcome.error;
    }
    const { user, system } = process.cpuUsage(before);
    if (round > 0) samples.push((user + system) / calls);
  }
  admission.close();
  return samples.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
}

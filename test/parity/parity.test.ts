// The promise that one definition serves three roads alike: every operation of the reference service, generated inputs.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import app from "../../reference/app.ts";
import { isStream } from "../../src/contract/operation.ts";
import { inputsOf } from "./arbitrary.ts";
import { mirrorPipeline, plantedSecret } from "./mirror.ts";
import { openRoads, type Seen } from "./roads.ts";

const pipeline = mirrorPipeline(app);
const roads = await openRoads(app, pipeline);
after(() => roads.close());

const tokens = fc.oneof(
  { weight: 8, arbitrary: fc.constant("good-token") },
  { weight: 1, arbitrary: fc.constantFrom(undefined, "bad") },
);
const runs = Number(process.env.PARITY_RUNS ?? 60);

for (const operation of app.registry.operations.filter(({ contract }) => !isStream(contract))) {
  test(`${operation.id}: HTTP, gRPC and the command line agree on value, code, reason, details and violations`, async () => {
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(inputsOf(operation.contract), tokens, async (input, token) => {
        const [cli, http, grpc] = await Promise.all([
          roads.cli(operation, input, token),
          roads.http(operation, input, token),
          roads.grpc(operation, input, token),
        ]);
        assert.ok(cli !== undefined);
        const kind = cli.reason ?? "ok";
        outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
        for (const seen of [http, grpc]) if (seen !== undefined) assert.deepEqual(comparable(seen), comparable(cli));
        for (const seen of [cli, http, grpc])
          assert.ok(!seen?.raw.includes(plantedSecret), "a secret left the process");
      }),
      { numRuns: runs, ...(process.env.PARITY_SEED === undefined ? {} : { seed: Number(process.env.PARITY_SEED) }) },
    );
    assert.ok(outcomes.size >= 2, `only ${[...outcomes.keys()].join()}`);
  });
}

/** Without what only one road has. A missing list and an empty one are the same on the wire. */
function comparable({ raw: _, ...seen }: Seen): Omit<Seen, "raw"> {
  return seen;
}

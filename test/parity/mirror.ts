// The reference service's own contracts with handlers that answer what the input decides: the same call gives the same
// outcome however often it is made, so that roads can be compared.

import { createHash } from "node:crypto";
import fc from "fast-check";
import type { z } from "zod";
import type { App } from "../../src/app/app.ts";
import { errorFromFailure } from "../../src/contract/failure.ts";
import { isStream, sendsMany } from "../../src/contract/operation.ts";
import type { RegisteredOperation } from "../../src/contract/registry.ts";
import { appError } from "../../src/core/catalogue.ts";
import type { Call } from "../../src/pipeline/call.ts";
import { createPipeline, type Pipeline } from "../../src/pipeline/pipeline.ts";
import { valuesOf } from "./values.ts";

/** What an error holds that must never be seen outside. */
export const plantedSecret = "planted-s3cret-4711";

/** A pipeline with every step over the app's operations; tokens are user ids, `bad` is refused. */
export function mirrorPipeline(app: App): Pipeline {
  return createPipeline(
    app.registry.operations.map((operation) => ({
      operation,
      executor: {
        authorize: undefined,
        execute: async (call) => (isStream(operation.contract) ? talk(operation, call) : answerOf(operation, call)),
      },
      middleware: [],
    })),
    {
      telemetry: { start: () => ({ run: (rest) => rest(), end: () => undefined }), message: () => undefined },
      admission: { enter: () => undefined, leave: () => undefined },
      authenticator: {
        authenticate(credential) {
          if (credential.kind === "local") return { id: credential.userId ?? "", roles: [], scopes: [] };
          if (credential.token !== "good-token") throw appError("CREDENTIAL_INVALID");
          return { id: "0199aaaa-0000-7000-8000-000000000001", roles: [], scopes: [] };
        },
      },
      times: { defaultTimeout: 10_000, maxTimeout: 10_000 },
    },
  );
}

/** Decided by the opening and the items alone: the first answer or error, then for each item an answer or an error. */
async function talk(operation: RegisteredOperation, call: Call): Promise<unknown> {
  const { contract, id } = operation;
  const first = answerOf(operation, call);
  if (sendsMany(contract)) await call.send?.(first);
  for await (const item of call.items?.settled() ?? []) {
    if (!item.ok) throw item.error;
    const seed = seedOf(`${id} ${JSON.stringify(item.value)}`);
    const failure = seed % 5 === 0 ? contract.failures[0] : undefined;
    if (failure !== undefined)
      throw errorFromFailure(failure, sample(failure.details, seed) as Record<string, unknown>);
    if (sendsMany(contract) && contract.output !== undefined) await call.send?.(sample(contract.output, seed));
  }
  return sendsMany(contract) ? undefined : first;
}

function seedOf(text: string): number {
  return createHash("sha256").update(text).digest().readInt32BE();
}

/** Decided by the validated input alone: an answer, one of the declared failures, or a defect with a secret in it. */
function answerOf({ id, contract }: RegisteredOperation, call: Call): unknown {
  const seed = seedOf(`${id} ${JSON.stringify(call.input)}`);
  const choice = Math.abs(seed) % (contract.failures.length + 6);
  const failure = contract.failures[choice];
  if (failure !== undefined) throw errorFromFailure(failure, sample(failure.details, seed) as Record<string, unknown>);
  if (choice === contract.failures.length) {
    throw new Error(`insert into t values ('${plantedSecret}')`, { cause: new Error(plantedSecret) });
  }
  return contract.output === undefined ? undefined : sample(contract.output, seed);
}

function sample(schema: z.ZodType, seed: number): unknown {
  const [value] = fc.sample(valuesOf(schema), { numRuns: 1, seed });
  return value;
}

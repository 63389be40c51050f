// A pipeline over given operations with ports that keep what they saw: for the tests of this folder.

import type { User } from "../contract/access.ts";
import { createRegistry, type RegisteredOperation } from "../contract/registry.ts";
import { type Operations, service } from "../contract/service.ts";
import type { AppError } from "../core/app-error.ts";
import { appError } from "../core/catalogue.ts";
import type { Call, CallRequest, Outcome } from "./call.ts";
import type { PlacedMiddleware } from "./entry.ts";
import { createPipeline, type Pipeline } from "./pipeline.ts";
import type { AdmissionControl, Authenticator, CallLimits } from "./ports.ts";

/** A pipeline to try, and what its telemetry heard. */
export interface Bench {
  readonly pipeline: Pipeline;
  readonly ended: { readonly operation: string; readonly error: AppError | undefined }[];
  /** `name received`, `name sent`: for each message of a stream. */
  readonly messages: readonly string[];
  call(name: string, input?: unknown, request?: Partial<CallRequest>): Promise<Outcome>;
  operation(name: string): RegisteredOperation;
}

/** What a bench is made of. */
export interface BenchOptions {
  readonly handlers: Readonly<Record<string, (call: Call) => Promise<unknown>>>;
  readonly authorize?: (call: Call) => Promise<void>;
  readonly middleware?: readonly PlacedMiddleware[];
  readonly admission?: AdmissionControl;
  readonly authenticator?: Authenticator;
  readonly limits?: CallLimits;
}

/** Tokens are user ids; `bad` is refused, `slow:` ones are verified later. */
export const testAuthenticator: Authenticator = {
  authenticate(credential) {
    if (credential.kind === "local") return undefined;
    if (credential.token === "bad") throw appError("CREDENTIAL_INVALID");
    const user: User = {
      id: credential.token,
      roles: credential.token.startsWith("admin") ? ["admin"] : [],
      scopes: [],
    };
    return credential.token.startsWith("slow:") ? Promise.resolve(user) : user;
  },
};

/** Builds the pipeline of one service. */
export function createBench(operations: Operations, options: BenchOptions): Bench {
  const registry = createRegistry("bench", [service("things", { version: 1 }, operations)]);
  if (registry.problems.length > 0) throw new Error(registry.problems.join("\n"));
  const ended: { operation: string; error: AppError | undefined }[] = [];
  const messages: string[] = [];
  const operation = (name: string): RegisteredOperation => {
    const found = registry.operations.find((each) => each.name === name);
    if (found === undefined) throw new Error(`no operation ${name}`);
    return found;
  };
  const pipeline = createPipeline(
    registry.operations.map((each) => ({
      operation: each,
      executor: {
        authorize: options.authorize,
        execute: async (call, checked) => checked(await options.handlers[each.name]?.(call)),
      },
      middleware: options.middleware ?? [],
    })),
    {
      telemetry: {
        start: (call) => ({
          run: (rest) => rest(),
          end: (error) => ended.push({ operation: call.operation.id, error }),
        }),
        message: (call, direction) => messages.push(`${call.operation.name} ${direction}`),
      },
      admission: options.admission ?? { enter: () => undefined, leave: () => undefined },
      authenticator: options.authenticator ?? testAuthenticator,
      limits: options.limits,
      times: { defaultTimeout: 5_000, maxTimeout: 10_000 },
    },
  );
  return {
    pipeline,
    ended,
    messages,
    operation,
    call: (name, input = {}, request = {}) =>
      pipeline.run({ operation: operation(name), road: "http", input, ...request }),
  };
}

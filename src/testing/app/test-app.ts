// An app inside a test: its whole pipeline, called in-process as any user, on memory or on a database.

import type { App } from "../../app/app.ts";
import { createRuntime } from "../../app/runtime.ts";
import { createAuth } from "../../auth/auth.ts";
import { createPasswords } from "../../auth/passwords.ts";
import { createTokens } from "../../auth/tokens.ts";
import type { User } from "../../contract/access.ts";
import type { InputOf, Operation, OutputOf } from "../../contract/operation.ts";
import { appError } from "../../core/catalogue.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import type { PendingEvent } from "../../events/event-record.ts";
import type { Pipeline } from "../../pipeline/pipeline.ts";
import { createMemoryStorage, type MemoryStorage } from "./memory-storage.ts";

/** An app that a test can call. */
export interface TestApp {
  readonly pipeline: Pipeline;
  readonly storage: MemoryStorage;
  /** The events that were committed so far. */
  readonly events: readonly PendingEvent[];
  /** Calls an operation as a user, or as nobody. Throws the AppError that a caller would get. */
  call<O extends Operation>(
    operation: O,
    input: InputOf<O>,
    user?: Partial<User> & { readonly id: string },
  ): Promise<OutputOf<O>>;
}

/**
 * An app on the memory repository: the same pipeline and units of work as in production, nothing to install or to start.
 *
 * @example const app = createTestApp(chat); const note = await app.call(notes.write, { text: "hi" }, { id: "ann" });
 */
export function createTestApp(app: App, options: { readonly clock?: Clock } = {}): TestApp {
  const storage = createMemoryStorage();
  const users = new Map<string, User>();
  const clock = options.clock ?? systemClock;
  const tokens = createTokens({
    secret: "the secret of tests, which is no secret at all",
    issuer: app.definition.name,
    clock,
  });
  const cheap = { parameters: { memory: 8, passes: 1, parallelism: 1 } };
  const { pipeline } = createRuntime(app, {
    ...storage,
    eventsCommitted: () => undefined,
    clock,
    auth: createAuth({ tokens, passwords: createPasswords(cheap) }),
    log: { debug() {}, info() {}, warn() {}, error() {} },
    metrics: { count: () => undefined },
    traceHeaders: () => ({}),
    telemetry: { start: () => ({ run: (rest) => rest(), end: () => undefined }) },
    admission: { enter: () => undefined, leave: () => undefined },
    authenticator: {
      authenticate: (credential) => users.get(credential.kind === "local" ? (credential.userId ?? "") : ""),
    },
    times: { defaultTimeout: 10_000, maxTimeout: 60_000 },
  });
  const registered = new Map(app.registry.operations.map((operation) => [operation.contract, operation]));
  return {
    pipeline,
    storage,
    events: storage.committedEvents,
    async call<O extends Operation>(contract: O, input: InputOf<O>, user?: Partial<User> & { readonly id: string }) {
      const operation = registered.get(contract);
      if (operation === undefined) throw appError("OPERATION_NOT_FOUND");
      if (user !== undefined) users.set(user.id, { roles: [], scopes: [], ...user });
      const credential = user === undefined ? undefined : ({ kind: "local", userId: user.id } as const);
      const outcome = await pipeline.run({ operation, road: "internal", input, credential });
      if (!outcome.ok) throw outcome.error;
      return outcome.value as OutputOf<O>; // the pipeline has checked it against this contract
    },
  };
}

// What the steps of the pipeline need from the rest of the house. The composition root in app/ fills them.

import type { User } from "../contract/access.ts";
import type { AppError } from "../core/app-error.ts";
import type { Call, Credential } from "./call.ts";

/** Tells who a credential stands for. */
export interface Authenticator {
  /**
   * The user; at once (no promise) for a credential that was verified before. Throws AppError CREDENTIAL_INVALID or
   * CREDENTIAL_EXPIRED. A `local` credential without a user is nobody: undefined.
   */
  authenticate(credential: Credential): User | undefined | Promise<User | undefined>;
}

/** Hears of every top-level call's beginning and end: one log line, metrics, one span. */
export interface CallTelemetry {
  /** Never throws. */
  start(call: Call): CallObservation;
}

/** One call, observed. */
export interface CallObservation {
  /** Runs the rest of the call inside its span, so that spans made within become its children. */
  run<T>(rest: () => T): T;
  /** Exactly once. `error` undefined: success. */
  end(error: AppError | undefined): void;
}

/** Says whether there is room for one more call. */
export interface AdmissionControl {
  /** Undefined: admitted, and `leave` must follow. Else the seconds after which a retry may help. */
  enter(): number | undefined;
  leave(): void;
}

/** The last part of the pipeline: the operation's own handler with what surrounds it. Made by the service layer. */
export interface Executor {
  /** The operation's own `authorize`, where it has one. */
  readonly authorize: ((call: Call) => Promise<void>) | undefined;
  /**
   * Runs the handler: a command inside its unit of work, a query without. Answers what `checked` made of the handler's
   * value; what that throws undoes the unit too.
   */
  execute(call: Call, checked: (value: unknown) => unknown): Promise<unknown>;
}

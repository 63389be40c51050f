// What the steps of the pipeline need from the rest of the house. The composition root in app/ fills them.

import type { User } from "../contract/access.ts";
import type { RegisteredOperation } from "../contract/registry.ts";
import type { AppError } from "../core/app-error.ts";
import type { LimitQuestion, LimitState, Store } from "../store/store.ts";
import type { Call, Credential } from "./call.ts";
import type { CallTimes } from "./running-call.ts";

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
  /** One message of a stream. Never throws. */
  message(call: Call, direction: "received" | "sent"): void;
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
  /**
   * Undefined: admitted, and `leave` must follow. Else the seconds after which a retry may help. Streams are counted
   * apart: they stay for long, and mostly wait.
   */
  enter(isStream: boolean): number | undefined;
  leave(isStream: boolean): void;
}

/** Counts calls against the limits of operations and of the app. */
export interface CallLimits {
  /**
   * What an operation's calls are charged to: `arrival`, as soon as it is known who calls; `validated`, when the input
   * is known too. Undefined: nothing.
   */
  guardOf(operation: RegisteredOperation, at: "arrival" | "validated"): LimitGuard | undefined;
  /** What a refused credential is charged to. */
  readonly failedCredentials: LimitGuard;
}

/** Counts calls against some limits. Methods that charge set the call's `limits`, refused or not. */
export interface LimitGuard {
  /**
   * All in one: asks the store, or where it is away counts locally; at once (no promise) where the store answers at
   * once. Throws AppError RATE_LIMITED, or STORE_UNAVAILABLE where a secure limit cannot be counted.
   */
  charge(call: Call): void | Promise<void>;
  /** The buckets of a call, for whoever asks the store for more than limits in one round trip. */
  questions(call: Call): readonly LimitQuestion[];
  /** Takes the store's answers to them. Throws AppError RATE_LIMITED. */
  judge(call: Call, questions: readonly LimitQuestion[], states: readonly LimitState[]): void;
  /** Instead of `judge`, when the store gave no answer. Throws as `charge` does. */
  withoutStore(call: Call, questions: readonly LimitQuestion[]): void;
}

/** The part of the store port that the way in needs. */
export type AskableStore = Pick<Store, "ask" | "isReachable">;

/** The last part of the pipeline: the operation's own handler with what surrounds it. Made by the service layer. */
export interface Executor {
  /** The operation's own `authorize`, where it has one. */
  readonly authorize: ((call: Call) => Promise<void>) | undefined;
  /** The key of the call's cached answer, by its parsed input; undefined where the operation keeps none. */
  readonly entryKey?: ((call: Call) => string) | undefined;
  /**
   * Runs the handler: a command inside its unit of work, a query without. Answers what `checked` made of the handler's
   * value; what that throws undoes the unit too.
   */
  execute(call: Call, checked: (value: unknown) => unknown): Promise<unknown>;
}

/** What the steps need. */
export interface PipelinePorts {
  readonly telemetry: CallTelemetry;
  readonly admission: AdmissionControl;
  readonly authenticator: Authenticator;
  /** Undefined: nothing is limited. */
  readonly limits?: CallLimits | undefined;
  /** Undefined: nothing is cached. */
  readonly store?: AskableStore | undefined;
  readonly times: CallTimes;
}

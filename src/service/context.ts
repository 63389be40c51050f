// What a handler may use. The types say what each kind of call may do; design: a query cannot emit, nor call a command.

import type { z } from "zod";
import type { UserOf } from "../contract/access.ts";
import type { EventStream, EventType } from "../contract/event.ts";
import type { DetailsOf, Failure } from "../contract/failure.ts";
import type { InputOf, Operation, OutputOf, StreamKind } from "../contract/operation.ts";
import type { AppError } from "../core/app-error.ts";
import type { Clock } from "../core/clock.ts";
import type { Sql } from "../database/statement.ts";
import type { Road } from "../pipeline/call.ts";
import type { DataContext } from "../repository/row-source.ts";

/** What every handler may use. */
export interface Context<Op extends Operation = Operation> extends DataContext {
  /** Who calls; undefined only where the operation is public and nobody signed in. */
  readonly user: UserOf<Op["access"]>;
  /** The call as the outside knows it. */
  readonly request: RequestInfo;
  /** Aborts when the caller goes away, the deadline passes or the server stops. Pass it to whatever waits. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Log lines carry the call's id, trace and user. */
  readonly log: Log;
  /** The service's own counters. */
  readonly metrics: Metrics;
  readonly auth: Auth;
  /**
   * Names what the answer depends on beside what the repository reads: needed in a cached query that reads by SQL of its
   * own, which is not kept otherwise. `table.tag(where)` gives the tag of rows; no tags: nothing else.
   */
  depends(...tags: readonly string[]): void;
  /** Raw SQL, inside the call's transaction where there is one. */
  readonly db: Sqls;
  /**
   * The error of a declared failure, to throw: `throw ctx.fail(ChannelNotFound, { channelId })`. An undeclared failure
   * does not compile.
   */
  fail<F extends Op["failures"][number]>(failure: F, ...details: DetailsArguments<F>): AppError;
}

/** Details are an argument only where the failure has any. */
export type DetailsArguments<F extends Failure> = keyof F["details"]["shape"] extends never
  ? []
  : [details: DetailsOf<F>];

/** An operation that takes one message and answers one. */
export type UnaryOperation = Operation & { readonly kind: "query" | "command" };

/** What a query's handler may use: no emit, no commands, no writes. */
export interface QueryContext<Op extends Operation = Operation> extends Context<Op> {
  /** Runs another query as this user, within this call. */
  call<Q extends Operation & { readonly kind: "query" }>(operation: Q, input: InputOf<Q>): Promise<OutputOf<Q>>;
}

/** What a command's handler may use. Everything it does is committed together, or not at all. */
export interface CommandContext<Op extends Operation = Operation> extends Context<Op> {
  /** Runs another operation as this user, inside this unit of work. Its failure rolls the whole unit back. */
  call<O extends UnaryOperation>(operation: O, input: InputOf<O>): Promise<OutputOf<O>>;
  /**
   * Keeps an event with the unit of work: it is published if and only if the unit commits. An event that the contract
   * does not name does not compile.
   */
  emit<E extends Op["emits"][number]>(event: E, data: z.input<E["data"]>): void;
  /**
   * Runs `fn` so that its failure leaves nothing behind: statements and events inside are undone, and the unit can go
   * on. While it is open, the unit's statements, emits and nested calls outside of it wait.
   */
  try<T>(fn: () => Promise<T>): Promise<T>;
  /**
   * Names what a write by SQL of one's own changed, so that cached answers end with this unit's COMMIT: the tags that
   * `table.touched(row)` gives, or those that queries name by `depends`. Without it they end within a second.
   */
  touch(...tags: readonly string[]): void;
}

/**
 * What a stream's handler may use: it has no transaction of its own. It may read; what it writes it does by calling
 * commands.
 */
export interface StreamContext<Op extends Operation = Operation> extends Context<Op> {
  /**
   * Runs another operation as this user: a call of its own, committed when the promise is fulfilled, and charged to that
   * operation's limits. Throws UNAUTHENTICATED when the caller's credential no longer holds. With an idempotency key a
   * command takes effect once, however often the stream is sent again.
   */
  call<O extends UnaryOperation>(
    operation: O,
    input: InputOf<O>,
    options?: { readonly idempotencyKey?: string },
  ): Promise<OutputOf<O>>;
  /**
   * The events of one key of a stream, live: from after the cursor `after`, else from now on, without a gap and without
   * a repeat, in order, whichever process emitted them. Only those named by `events`, if any are. Throws INVALID_CURSOR,
   * CURSOR_EXPIRED where the stream no longer keeps what follows the cursor, and SLOW_CONSUMER when it is read too
   * slowly: the cursor of the last event resumes it.
   *
   * @example for await (const { data } of ctx.live(channelStream, channelId, { events: [MessagePosted] })) yield data;
   */
  live<const E extends readonly EventType[]>(
    stream: EventStream,
    key: string,
    options: { readonly events: E; readonly after?: string | undefined },
  ): LiveIterable<LiveEventOf<E[number]>>;
  live(stream: EventStream, key: string, options?: { readonly after?: string | undefined }): LiveIterable<AnyLiveEvent>;
}

/** Events as they come. To be iterated once. */
export interface LiveIterable<T> extends AsyncIterableIterator<T, undefined> {
  /**
   * Fulfilled when it is settled where it begins: every event that is emitted after that will be seen. Never rejects;
   * what is wrong is thrown to the iteration.
   */
  readonly ready: Promise<void>;
}

/** An event as `ctx.live` gives it: narrowed by its type. */
export type LiveEventOf<E extends EventType> = E extends EventType<infer N, infer D> ? LiveForm<N, z.output<D>> : never;

/** An event of whatever type. */
export type AnyLiveEvent = LiveForm<string, unknown>;

interface LiveForm<N extends string, D> {
  /** Resumes after this event: see `after`. */
  readonly cursor: string;
  readonly type: N;
  /** When it was emitted. RFC 3339. */
  readonly time: string;
  readonly data: D;
}

/**
 * What a command's `prepare` may use: it runs before the unit of work, outside any transaction. It may read; what it
 * read may have changed when the unit of work begins.
 */
export type PrepareContext<Op extends Operation = Operation> = DataContext &
  Pick<Context<Op>, "user" | "request" | "signal" | "clock" | "log" | "metrics" | "auth" | "db" | "fail">;

/** A call as the outside knows it. */
export interface RequestInfo {
  readonly id: string;
  readonly road: Road;
  readonly address: string | undefined;
  /** Milliseconds since the epoch; Infinity for a stream to which nobody set one. */
  readonly deadline: number;
  /** Streams that take items: the caller's key, for the commands that the handler calls. */
  readonly idempotencyKey: string | undefined;
}

/** Structured log lines: fields first, then the message. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Counters of the service's own, on the metrics page. */
export interface Metrics {
  /** Adds to a counter that the app declares. Inside a command: only if the unit of work commits. */
  count(name: string, by?: number): void;
}

/** What a service needs to sign users in. */
export interface Auth {
  /** A signed access token for a user, with the time until it expires in seconds. */
  issueToken(user: {
    readonly id: string;
    readonly roles?: readonly string[];
    readonly scopes?: readonly string[];
  }): Promise<{ readonly token: string; readonly expiresIn: number }>;
  /** Hashes a password (argon2id). Slow on purpose: call it in `prepare`. */
  hashPassword(password: string): Promise<string>;
  /** Whether a password belongs to a hash; without a hash (unknown account) it takes the same time and says no. */
  verifyPassword(password: string, hash: string | undefined): Promise<boolean>;
}

/** SQL of the service's own. */
export interface Sqls {
  /**
   * The rows that a statement gives, by column name, each checked by the schema. Outside of a unit of work it must read
   * only: `select`, `with`, `values`, `table` or `show`.
   */
  rows<S extends z.ZodType>(statement: Sql, row: S): Promise<z.output<S>[]>;
  /** Runs a statement that changes rows; only inside a unit of work. Answers how many. */
  execute(statement: Sql): Promise<number>;
}

/** The context that an operation's handler gets. */
export type ContextOf<Op extends Operation> = Op["kind"] extends "command"
  ? CommandContext<Op>
  : Op["kind"] extends StreamKind
    ? StreamContext<Op>
    : QueryContext<Op>;

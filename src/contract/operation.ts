// An operation's contract: one thing a service can do, as the world sees it. Every road is made from this.

import { z } from "zod";
import type { Access } from "./access.ts";
import { type CacheOption, type CacheRule, cacheRule } from "./cache.ts";
import type { EventType } from "./event.ts";
import type { Failure } from "./failure.ts";
import { type LimitOption, type LimitRule, limitRules } from "./limits/limit.ts";
import type { HttpBinding } from "./route.ts";
import { holdsSensitive, type Shape } from "./schema.ts";

/** The kinds of operation. */
export type Kind = "query" | "command";

/** An operation's contract. Made by `query` and `command`. */
export interface Operation<
  K extends Kind = Kind,
  I extends Shape = Shape,
  O extends z.ZodType | undefined = z.ZodType | undefined,
  A extends Access = Access,
  F extends readonly Failure[] = readonly Failure[],
  E extends readonly EventType[] = readonly EventType[],
> {
  readonly kind: K;
  readonly summary: string;
  readonly description: string | undefined;
  readonly http: HttpBinding;
  /** Unknown fields are refused. */
  readonly input: z.ZodObject<I, z.core.$strict>;
  /** What it answers; undefined: nothing (HTTP 204, an empty message). Fields it does not name never leave. */
  readonly output: O;
  readonly access: A;
  /** How often it may be called; all of them hold. */
  readonly limits: readonly LimitRule[];
  readonly failures: F;
  readonly emits: E;
  /** Queries: the whole handler reads one read-only snapshot. */
  readonly consistent: boolean;
  /** Queries: whether and for how long answers are kept. */
  readonly cache: CacheRule | undefined;
  /** Commands: the input field `version` names the version that is changed; HTTP also takes it from `If-Match`. */
  readonly versioned: boolean;
  /** Commands: how concurrent units see each other. */
  readonly isolation: "read committed" | "serializable";
  /** Commands: what was declared of the idempotency key; `idempotencyOf` says what holds. */
  readonly idempotency: "required" | "none" | undefined;
  /** Since when and why it should no longer be used; shown on every road. */
  readonly deprecated: Deprecation | undefined;
  /** An input to show in OpenAPI and in the command line's help. */
  readonly example: Readonly<Record<string, unknown>> | undefined;
}

/** Announces that an operation will go away. */
export interface Deprecation {
  /** RFC 3339 date. */
  readonly since: string;
  /** RFC 3339 date after which it may be gone. */
  readonly sunset?: string;
  readonly use?: string;
}

interface Options<I extends Shape, O, A, F> {
  /** One line, no full stop. */
  readonly summary: string;
  readonly description?: string;
  /** `METHOD /path/{param}`; served under `/v<version of the service>`. */
  readonly http: HttpBinding;
  /** The fields of the input; none by default. */
  readonly input?: I;
  readonly output?: O;
  readonly access: A;
  /**
   * How often it may be called: `"60 per minute"` for each user (each address where nobody is signed in), a rate per
   * policy, or rules. What is more is refused with RATE_LIMITED, on every road. Calls from inside other operations
   * do not count.
   *
   * @example limit: [{ rate: "10 per 15 minutes", by: { input: "email" }, secure: true }, { rate: "100 per hour", by: "address" }]
   */
  readonly limit?: LimitOption<Extract<keyof NoInfer<I>, string>>;
  readonly failures?: F;
  readonly deprecated?: Deprecation;
  readonly example?: Readonly<Record<string, unknown>>;
}

/** What a query declares. */
export interface QueryOptions<I extends Shape, O, A, F> extends Options<I, O, A, F> {
  readonly consistent?: boolean;
  /**
   * Keeps answers in the coherent cache for this long (`"60s"`, at most `"1h"`), where the app runs with one. A read
   * that begins after a write was acknowledged never gets an older answer. Answers are kept per user unless `shared`.
   */
  readonly cache?: CacheOption;
}

/** What a command declares. */
export interface CommandOptions<I extends Shape, O, A, F, E> extends Options<I, O, A, F> {
  readonly emits?: E;
  readonly versioned?: boolean;
  readonly isolation?: "read committed" | "serializable";
  /**
   * Calls of a user with the same idempotency key take effect once, and get one answer, for 24 hours. Without this a
   * signed-in caller may give a key, and need not; where the output has `sensitive` fields none is taken, for the answer
   * would have to be kept.
   */
  readonly idempotency?: "required" | "none";
}

/**
 * Declares a query: an operation without side effects.
 *
 * @example const get = query({
 *   summary: "Read one message", http: "GET /messages/{id}",
 *   input: { id: z.uuid() }, output: Message, access: "user", failures: [MessageNotFound],
 * });
 */
export function query<
  // biome-ignore lint/complexity/noBannedTypes: `{}` is the shape without fields
  I extends Shape = {},
  O extends z.ZodType | undefined = undefined,
  const A extends Access = Access,
  const F extends readonly Failure[] = [],
>(options: QueryOptions<I, O, A, F>): Operation<"query", I, O, A, F, []> {
  return {
    ...complete("query", options),
    emits: [],
    consistent: options.consistent ?? false,
    cache: cacheRule(options.cache),
  };
}

/**
 * Declares a command: an operation that runs in one unit of work. Its rows and events are committed together before it
 * answers, or not at all.
 *
 * @example const post = command({
 *   summary: "Post a message", http: "POST /channels/{channelId}/messages",
 *   input: { channelId: z.uuid(), body: z.string().min(1) }, output: Message, access: "user", emits: [MessagePosted],
 * });
 */
export function command<
  // biome-ignore lint/complexity/noBannedTypes: `{}` is the shape without fields
  I extends Shape = {},
  O extends z.ZodType | undefined = undefined,
  const A extends Access = Access,
  const F extends readonly Failure[] = [],
  const E extends readonly EventType[] = [],
>(options: CommandOptions<I, O, A, F, E>): Operation<"command", I, O, A, F, E> {
  return {
    ...complete("command", options),
    emits: options.emits ?? ([] as readonly EventType[] as E), // none given means E is its default, the empty list
    versioned: options.versioned ?? false,
    isolation: options.isolation ?? "read committed",
    idempotency: options.idempotency,
  };
}

function complete<K extends Kind, I extends Shape, O, A, F>(kind: K, options: Options<I, O, A, F>) {
  return {
    kind,
    summary: options.summary,
    description: options.description,
    http: options.http,
    input: z.strictObject(options.input ?? ({} as I)), // none given means I is its default, the empty shape
    output: options.output as O, // none given means O is its default, undefined
    access: options.access,
    limits: limitRules(options.limit),
    failures: options.failures ?? ([] as readonly Failure[] as F), // likewise the empty list
    consistent: false,
    cache: undefined,
    versioned: false,
    isolation: "read committed" as const,
    idempotency: undefined,
    deprecated: options.deprecated,
    example: options.example,
  };
}

/** Whether a command takes an idempotency key. */
export function idempotencyOf({ idempotency, output }: Operation): "required" | "optional" | "none" {
  return output !== undefined && holdsSensitive(output) ? "none" : (idempotency ?? "optional");
}

/** The input as a caller gives it. */
export type InputOf<Op extends Operation> = z.input<Op["input"]>;

/** The input as a handler gets it: trimmed, with defaults. */
export type ParsedInputOf<Op extends Operation> = z.output<Op["input"]>;

/** What a caller gets. */
export type OutputOf<Op extends Operation> = Op["output"] extends z.ZodType ? z.output<Op["output"]> : void;

/** What a handler returns. */
export type ReturnOf<Op extends Operation> = Op["output"] extends z.ZodType ? z.input<Op["output"]> : void;

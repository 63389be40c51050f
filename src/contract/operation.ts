// An operation's contract: one thing a service can do, as the world sees it. Every road is made from this.

import type { z } from "zod";
import type { Access } from "./access.ts";
import type { CacheRule } from "./cache.ts";
import type { EventType } from "./event.ts";
import type { Failure } from "./failure.ts";
import type { LimitRule } from "./limits/limit.ts";
import type { HttpBinding, Route } from "./route.ts";
import { holdsSensitive, type Shape } from "./schema.ts";

/** The kinds of operation. Streams differ in who sends many messages: the server, the client, or both. */
export type Kind = "query" | "command" | StreamKind;

/** The kinds that send or take more than one message. */
export type StreamKind = "serverStream" | "clientStream" | "bidiStream";

/** An operation's contract. Made by `query`, `command`, `serverStream`, `clientStream` and `bidiStream`. */
export interface Operation<
  K extends Kind = Kind,
  I extends Shape = Shape,
  O extends z.ZodType | undefined = z.ZodType | undefined,
  A extends Access = Access,
  F extends readonly Failure[] = readonly Failure[],
  E extends readonly EventType[] = readonly EventType[],
  T extends z.ZodObject | undefined = z.ZodObject | undefined,
> {
  readonly kind: K;
  readonly summary: string;
  readonly description: string | undefined;
  readonly http: HttpBinding;
  /** What a call gives; of a client or bidi stream, what it opens with. Unknown fields are refused. */
  readonly input: z.ZodObject<I, z.core.$strict>;
  /** Client and bidi streams: each message that the client sends after that. Unknown fields are refused. */
  readonly item: T;
  /**
   * What it answers, a server or bidi stream with each message; undefined: nothing (HTTP 204, an empty message). Fields
   * it does not name never leave.
   */
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

/** Whether more than one message goes one way or the other. */
export function isStream({ kind }: Pick<Operation, "kind">): boolean {
  return kind === "serverStream" || kind === "clientStream" || kind === "bidiStream";
}

/** Whether the server answers with many messages. */
export function sendsMany({ kind }: Pick<Operation, "kind">): boolean {
  return kind === "serverStream" || kind === "bidiStream";
}

/** Whether the client sends many messages. */
export function takesMany({ kind }: Pick<Operation, "kind">): boolean {
  return kind === "clientStream" || kind === "bidiStream";
}

/**
 * Whether the input's fields that are not in the path stand in the query string of an HTTP request; else in its body. The
 * body of a client stream holds its items, and a bidi stream has none: they open from the query string, whatever the
 * method.
 */
export function inputInQuery(operation: {
  readonly contract: Pick<Operation, "kind">;
  readonly route: Pick<Route, "method">;
}): boolean {
  const { contract, route } = operation;
  return takesMany(contract) || route.method === "GET" || route.method === "DELETE";
}

/** Whether it only reads: it may be repeated as it is, and a key on it is not looked at. */
export function onlyReads({ kind }: Pick<Operation, "kind">): boolean {
  return kind === "query" || kind === "serverStream";
}

/** Whether a call takes an idempotency key: a command keeps it, the handler of a client or bidi stream is told it. */
export function idempotencyOf(contract: Operation): "required" | "optional" | "none" {
  const { idempotency, output } = contract;
  if (takesMany(contract)) return "optional";
  return output !== undefined && holdsSensitive(output) ? "none" : (idempotency ?? "optional");
}

/** The input as a caller gives it. */
export type InputOf<Op extends Operation> = z.input<Op["input"]>;

/** The input as a handler gets it: trimmed, with defaults. */
export type ParsedInputOf<Op extends Operation> = z.output<Op["input"]>;

/** A message of a client or bidi stream, as a caller gives it. */
export type ItemOf<Op extends Operation> = Op["item"] extends z.ZodType ? z.input<Op["item"]> : never;

/** A message of a client or bidi stream, as a handler gets it. */
export type ParsedItemOf<Op extends Operation> = Op["item"] extends z.ZodType ? z.output<Op["item"]> : never;

/** What a caller gets. */
export type OutputOf<Op extends Operation> = Op["output"] extends z.ZodType ? z.output<Op["output"]> : void;

/** What a handler returns. */
export type ReturnOf<Op extends Operation> = Op["output"] extends z.ZodType ? z.input<Op["output"]> : void;

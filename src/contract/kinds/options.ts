// What every kind of operation may declare, and what holds where nothing was said.

import { z } from "zod";
import { type LimitOption, limitRules } from "../limits/limit.ts";
import type { Deprecation, Kind } from "../operation.ts";
import type { HttpBinding } from "../route.ts";
import type { Shape } from "../schema.ts";

/** What every operation declares, beside its input. */
export interface Options<I extends Shape, O, A, F> {
  /** One line, no full stop. */
  readonly summary: string;
  readonly description?: string;
  /** `METHOD /path/{param}`; served under `/v<version of the service>`. */
  readonly http: HttpBinding;
  readonly output?: O;
  readonly access: A;
  /**
   * How often it may be called: `"60 per minute"` for each user (each address where nobody is signed in), a rate per
   * policy, or rules. What is more is refused with RATE_LIMITED, on every road. Calls from inside commands and queries
   * do not count; calls that a stream's handler makes do, so that no stream gets round them.
   *
   * @example limit: [{ rate: "10 per 15 minutes", by: { input: "email" }, secure: true }, { rate: "100 per hour", by: "address" }]
   */
  readonly limit?: LimitOption<Extract<keyof NoInfer<I>, string>>;
  readonly failures?: F;
  readonly deprecated?: Deprecation;
  /** An input to show in OpenAPI and in the command line's help. */
  readonly example?: Readonly<Record<string, unknown>>;
}

/** What a query, a command and a server stream take. */
export interface InputOption<I extends Shape> {
  /** The fields of the input; none by default. */
  readonly input?: I;
}

/** What a client stream and a bidi stream take. */
export interface ItemOptions<I extends Shape, T extends Shape> {
  /** The fields that a call opens with; none by default. Over HTTP in the path and the query string. */
  readonly open?: I;
  /** The fields of each message that the client sends. */
  readonly item: T;
}

/** An operation's contract with nothing that belongs to one kind alone. */
export function complete<K extends Kind, I extends Shape, O, A, F>(
  kind: K,
  options: Options<I, O, A, F>,
  input: I | undefined,
) {
  return {
    kind,
    summary: options.summary,
    description: options.description,
    http: options.http,
    input: z.strictObject(input ?? ({} as I)), // none given means I is its default, the empty shape
    item: undefined,
    output: options.output as O, // none given means O is its default, undefined
    access: options.access,
    limits: limitRules(options.limit),
    failures: options.failures ?? ([] as readonly unknown[] as F), // likewise the empty list
    emits: [] as [],
    consistent: false,
    cache: undefined,
    versioned: false,
    isolation: "read committed" as const,
    idempotency: undefined,
    deprecated: options.deprecated,
    example: options.example,
  };
}

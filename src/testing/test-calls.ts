// How a test calls an app: without a road, as anybody.

import type { App } from "../app/app.ts";
import type { Tokens } from "../auth/tokens.ts";
import type { InputOf, ItemOf, Operation, OutputOf } from "../contract/operation.ts";
import { Handoff } from "../core/flow/handoff.ts";
import type { Caller, CallRequest } from "../pipeline/call.ts";

/** Who a test calls as. */
export interface TestUser {
  readonly id: string;
  readonly roles?: readonly string[];
  readonly scopes?: readonly string[];
}

/** What a stream is given beside what it opens with. */
export interface StreamOptions<Op extends Operation> {
  readonly as?: TestUser;
  /** What a bidi stream's client sends; nothing by default. */
  readonly items?: AsyncIterable<ItemOf<Op>> | Iterable<ItemOf<Op>>;
  /** Cancels it. */
  readonly signal?: AbortSignal;
}

/** Calls, through the whole pipeline. */
export interface TestCalls {
  /**
   * Runs an operation through the whole pipeline, as a user (perhaps with an idempotency key) or as nobody. Throws the
   * AppError of a failed call.
   */
  call<Op extends Operation>(
    operation: Op,
    input: InputOf<Op>,
    as?: TestUser,
    idempotencyKey?: string,
  ): Promise<OutputOf<Op>>;
  /**
   * Runs a server or bidi stream: opened when the first answer is asked for, each answer given when it is asked for,
   * cancelled when the reader leaves. Throws the AppError with which it ended.
   *
   * @example for await (const event of chat.stream(messages.watch, { channelId }, { as: ann })) break;
   */
  stream<Op extends Operation & { readonly kind: "serverStream" | "bidiStream" }>(
    operation: Op,
    open: InputOf<Op>,
    options?: StreamOptions<Op>,
  ): AsyncIterableIterator<OutputOf<Op>>;
  /** Runs a client stream. Throws the AppError of a failed one. */
  send<Op extends Operation & { readonly kind: "clientStream" }>(
    operation: Op,
    open: InputOf<Op>,
    items: AsyncIterable<ItemOf<Op>> | Iterable<ItemOf<Op>>,
    as?: TestUser,
    idempotencyKey?: string,
  ): Promise<OutputOf<Op>>;
  /** As `call`, with whatever input and credential. */
  callRaw(operation: Operation, input: unknown, token?: string, idempotencyKey?: string): Promise<unknown>;
}

/** Calls an app's operations. */
export function createTestCalls(app: App, caller: Caller, tokens: Pick<Tokens, "issue">): TestCalls {
  const registered = new Map(app.registry.operations.map((operation) => [operation.contract, operation]));

  async function run(contract: Operation, request: Partial<CallRequest>, token: string | undefined): Promise<unknown> {
    const operation = registered.get(contract);
    if (operation === undefined) throw new Error("the app does not serve this operation");
    const credential = token === undefined ? undefined : { kind: "bearer" as const, token };
    const outcome = await caller.run({ operation, road: "http", input: {}, credential, ...request });
    if (!outcome.ok) throw outcome.error;
    return outcome.value;
  }

  async function tokenOf(as: TestUser | undefined): Promise<string | undefined> {
    return as === undefined ? undefined : (await tokens.issue(as)).token;
  }

  return {
    callRaw: (operation, input, token, idempotencyKey) => run(operation, { input, idempotencyKey }, token),
    async call<Op extends Operation>(operation: Op, input: InputOf<Op>, as?: TestUser, idempotencyKey?: string) {
      const answer = await run(operation, { input, idempotencyKey }, await tokenOf(as));
      return answer as OutputOf<Op>; // the pipeline has checked it by the contract
    },
    async *stream<Op extends Operation>(operation: Op, open: InputOf<Op>, options: StreamOptions<Op> = {}) {
      const left = new AbortController();
      const signal = options.signal === undefined ? left.signal : AbortSignal.any([left.signal, options.signal]);
      const answers = new Handoff<OutputOf<Op>>(() => left.abort());
      const send = (answer: unknown) => answers.give(answer as OutputOf<Op>); // likewise
      run(operation, { input: open, items: iteratorOf(options.items), send, signal }, await tokenOf(options.as)).then(
        () => answers.end(),
        (error: unknown) => answers.end(error),
      );
      yield* answers;
    },
    async send<Op extends Operation>(
      operation: Op,
      open: InputOf<Op>,
      items: AsyncIterable<ItemOf<Op>> | Iterable<ItemOf<Op>>,
      as?: TestUser,
      idempotencyKey?: string,
    ) {
      const request = { input: open, items: iteratorOf(items), idempotencyKey };
      return (await run(operation, request, await tokenOf(as))) as OutputOf<Op>; // likewise
    },
  };
}

/** Whatever can be iterated, as a road gives it; undefined for nothing. */
async function* iteratorOf<T>(items: AsyncIterable<T> | Iterable<T> = []): AsyncGenerator<T> {
  yield* items;
}

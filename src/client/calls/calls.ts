// How a client runs one call: attempts until one ends it, as a promise or as a stream of answers.

import { idempotencyOf, onlyReads } from "../../contract/operation.ts";
import type { RegisteredOperation } from "../../contract/registry.ts";
import type { Caller, CallRequest } from "../../pipeline/call.ts";
import type { CallOptions, StreamOptions } from "../client-types.ts";
import type { TokenSource } from "../token-source.ts";
import { answersOf } from "./answers.ts";
import { countedItems } from "./counted-items.ts";
import { randomId } from "./random-id.ts";
import { Repetition } from "./repetition.ts";

/** What all calls of a client share. */
export interface ClientSettings {
  readonly caller: Caller;
  readonly tokens: TokenSource;
  /** Milliseconds for a call that says nothing, and is no stream. */
  readonly timeout: number;
  readonly retries: number;
  readonly resume: boolean;
}

/** What the client sends in a stream. */
export type ItemsGiven = AsyncIterable<unknown> | Iterable<unknown>;

/** Calls a query, a command or a client stream. Rejects with the AppError that ends it, or what `items` threw. */
export async function callOnce(
  settings: ClientSettings,
  operation: RegisteredOperation,
  input: unknown,
  given: ItemsGiven | undefined,
  options: CallOptions,
): Promise<unknown> {
  const attempts = await begin(settings, operation, options);
  const items = given === undefined ? undefined : countedItems(given);
  const request = requestOf(operation, options, attempts.token);
  for (;;) {
    const outcome = await settings.caller.run({
      ...{ ...request, input, items: items?.iterator, signal: options.signal },
      ...attemptOf(attempts),
    });
    if (outcome.ok) return outcome.value;
    items?.throwOwn();
    const isWhole = items === undefined || items.isUntouched;
    const isRepeatable = onlyReads(operation.contract) || request.idempotencyKey !== undefined || items !== undefined;
    await attempts.afterFailure(outcome.error, { isWhole, isRepeatable });
  }
}

/** Opens a server or bidi stream, when its first answer is asked for. */
export function callForMany(
  settings: ClientSettings,
  operation: RegisteredOperation,
  input: unknown,
  given: ItemsGiven | undefined,
  options: StreamOptions,
): AsyncIterable<unknown> {
  const open = () => answersOf((send, left) => runStream(settings, operation, input, given, options, send, left));
  return { [Symbol.asyncIterator]: open };
}

async function runStream(
  settings: ClientSettings,
  operation: RegisteredOperation,
  input: unknown,
  given: ItemsGiven | undefined,
  options: StreamOptions,
  send: (answer: unknown) => Promise<void>,
  left: AbortSignal,
): Promise<void> {
  const signal = options.signal === undefined ? left : AbortSignal.any([options.signal, left]);
  const attempts = await begin(settings, operation, { ...options, signal });
  const items = given === undefined ? undefined : countedItems(given);
  const place = new StreamPlace(operation, options.resume ?? settings.resume);
  const request = requestOf(operation, options, attempts.token);
  for (;;) {
    const outcome = await settings.caller.run({
      ...{ ...request, input: place.inputFrom(input), items: items?.iterator, signal },
      ...attemptOf(attempts),
      send(answer) {
        attempts.progressed();
        place.passed(answer);
        return send(answer);
      },
    });
    if (outcome.ok) return;
    items?.throwOwn();
    const isWhole = place.canGoOn && (items === undefined || items.isUntouched);
    await attempts.afterFailure(outcome.error, { isWhole, isRepeatable: true });
  }
}

/** Where a stream is: what it must be opened with to go on behind the answers that were given on. */
class StreamPlace {
  readonly #takesCursor: boolean;
  #begun = false;
  #cursor: string | undefined;

  constructor({ contract }: RegisteredOperation, resume: boolean) {
    this.#takesCursor = resume && contract.kind === "serverStream" && "after" in contract.input.shape;
  }

  get canGoOn(): boolean {
    return !this.#begun || (this.#takesCursor && this.#cursor !== undefined);
  }

  passed(answer: unknown): void {
    this.#begun = true;
    if (typeof answer === "object" && answer !== null && "cursor" in answer && typeof answer.cursor === "string")
      this.#cursor = answer.cursor;
  }

  inputFrom(input: unknown): unknown {
    return this.#cursor === undefined || !this.#takesCursor ? input : { ...Object(input), after: this.#cursor };
  }
}

async function begin(
  { tokens, timeout, retries }: ClientSettings,
  { contract }: RegisteredOperation,
  options: CallOptions,
): Promise<Repetition> {
  const isUnary = contract.kind === "query" || contract.kind === "command";
  const time = options.timeout ?? (isUnary ? timeout : Number.POSITIVE_INFINITY);
  const limits = { retries: options.retries ?? retries, deadline: Date.now() + time, signal: options.signal };
  return new Repetition(limits, tokens, options.token ?? (await tokens.current()));
}

/** What is the same in all attempts: above all the key, by which the server knows them as one. */
function requestOf(
  operation: RegisteredOperation,
  { idempotencyKey, requestId, traceparent }: CallOptions,
  token: string | undefined,
): CallRequest & Pick<CallOptions, "idempotencyKey"> {
  const { contract } = operation;
  const takesKey = contract.kind === "command" && idempotencyOf(contract) !== "none" && token !== undefined;
  const key = idempotencyKey ?? (takesKey ? randomId() : undefined);
  return { operation, road: "internal", input: undefined, idempotencyKey: key, requestId, traceparent };
}

function attemptOf({ token, timeLeft }: Repetition): Pick<CallRequest, "credential" | "timeout"> {
  return { credential: token === undefined ? undefined : { kind: "bearer", token }, timeout: timeLeft };
}

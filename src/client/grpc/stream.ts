// Many messages out, many back, or one of one of them: on the wire all streams are alike.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { ClientDuplexStream, Metadata } from "@grpc/grpc-js";
import { sendsMany, takesMany } from "../../contract/operation.ts";
import { sleep } from "../../core/async.ts";
import type { CallRequest } from "../../pipeline/call.ts";
import type { Answered, ClientMethod, GrpcCall } from "./grpc-call.ts";
import { itemMessage } from "./item-message.ts";
import { passBytes } from "./unary.ts";

type Call = ClientDuplexStream<Buffer, Buffer>;

/**
 * Milliseconds that a server is given to say that it let the call in, before items are taken: with them untouched, a call
 * that is refused can be made again.
 */
const patience = 1_000;

/** Items that are sent in one turn of the event loop at most. */
const turn = 16;

/**
 * Runs a stream. The next item is taken when the one before has gone out; answers are read when they are asked for, and up
 * to 16 ahead. Rejects with what grpc-js gives where the status is not OK, or with what the items threw.
 */
export async function runStream({ client, method, request, metadata, deadline }: GrpcCall): Promise<Answered> {
  const { signal } = request;
  const call: Call = client.makeBidiStreamRequest(method.path, passBytes, passBytes, metadata, { deadline });
  const cancel = (): void => call.cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  const answered: { metadata: Metadata | undefined } = { metadata: undefined };
  call.on("metadata", (initial) => {
    answered.metadata = initial;
  });
  const letIn = new Promise<void>((resolve) => call.once("metadata", () => resolve()));
  const sender = new Sender(call, method, Promise.race([letIn, sleep(patience, undefined, true)]));
  sender.send(request);
  try {
    return { ...answered, value: await received(call, method, request) };
  } catch (thrown) {
    throw sender.failure === undefined ? thrown : sender.failure.error;
  } finally {
    signal?.removeEventListener("abort", cancel);
    sender.stop();
    call.on("error", () => undefined); // how it ended is known
    call.cancel();
  }
}

async function received(call: Call, { operation, output }: ClientMethod, { send }: CallRequest): Promise<unknown> {
  const { contract } = operation;
  let value: unknown;
  for await (const bytes of call.iterator({ destroyOnReturn: false })) {
    const answer = output.decode(bytes);
    if (sendsMany(contract)) await send?.(answer);
    else if (contract.output !== undefined) value = answer;
  }
  return value;
}

/** Sends what a stream opens with, its items, and the half-close. */
class Sender {
  /** What made it stop before its end. */
  failure: { readonly error: unknown } | undefined;
  readonly #call: Call;
  readonly #method: ClientMethod;
  readonly #letIn: Promise<void>;
  #isOver = false;

  /** `letIn` is fulfilled when the first item may be taken. */
  constructor(call: Call, method: ClientMethod, letIn: Promise<void>) {
    this.#call = call;
    this.#method = method;
    this.#letIn = letIn;
  }

  /** Begins; what fails ends the call. */
  send(request: CallRequest): void {
    this.#sendAll(request).catch((error: unknown) => {
      if (this.#isOver) return;
      this.failure = { error };
      this.#call.cancel();
    });
  }

  stop(): void {
    this.#isOver = true;
  }

  async #sendAll({ input, items }: CallRequest): Promise<void> {
    const { input: codec, operation } = this.#method;
    await this.#write(codec.encode(takesMany(operation.contract) ? { open: input ?? {} } : input));
    if (items !== undefined) await this.#letIn;
    for (let index = 0; items !== undefined && !this.#isOver; index++) {
      const { done, value } = await items.next();
      if (done === true || this.#isOver) break;
      await this.#write(itemMessage(this.#method, value, index));
      if (index % turn === turn - 1) await nextTurn(); // writes that go through at once would let nothing else happen
    }
    if (!this.#isOver) this.#call.end();
  }

  #write(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#call.write(bytes, (error?: Error | null) => (error ? reject(error) : resolve()));
    });
  }
}

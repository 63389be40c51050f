// The connection to the server, kept up for ever: one link after another. A command is answered, or fails within its
// time: nothing waits for a connection.

import { backoff, sleep } from "../../core/async.ts";
import { SetupError } from "../../core/setup-error.ts";
import { StoreUnavailable } from "../../store/store.ts";
import { Breaker } from "./breaker.ts";
import { type Argument, type Driver, loadDriver } from "./driver.ts";
import { Link } from "./link.ts";
import { type RedisRoundTrip, type RoundTripOptions, roundTrip } from "./round-trip.ts";
import type { Script } from "./scripts/script.ts";
import { addressProblem, connectProblem, serverProblems } from "./setup-problems.ts";
import { Timeouts } from "./timeouts.ts";

/** How it is kept. Times are milliseconds. */
export interface ConnectionOptions {
  readonly url: string;
  readonly connectTimeout: number;
  readonly commandTimeout: number;
  readonly observe: ((trip: RedisRoundTrip) => void) | undefined;
}

/** Milliseconds between attempts at most. */
const reconnectCap = 1_000;
/** Milliseconds for an attempt to connect again: where packets are lost, a new one is better than a long one. */
const reconnectTimeout = 2_000;

/** See above. */
export class RedisConnection {
  readonly #driver: Driver;
  readonly #options: ConnectionOptions;
  readonly #timeouts: Timeouts;
  readonly #closing = new AbortController();
  #breaker = new Breaker();
  #link: Link | undefined;

  /** Connects and looks at the server. Throws SetupError with everything that is wrong with it. */
  static async open(options: ConnectionOptions): Promise<RedisConnection> {
    const problem = addressProblem(options.url);
    if (problem !== undefined) throw new SetupError([problem]);
    const connection = new RedisConnection(await loadDriver(), options);
    let link: Link;
    try {
      link = await connection.#open(options.connectTimeout);
    } catch (error) {
      throw new SetupError([connectProblem(options.url, error)]);
    }
    const problems = serverProblems(link.info);
    if (problems.length > 0) {
      link.close();
      throw new SetupError(problems);
    }
    connection.#link = link;
    return connection;
  }

  private constructor(driver: Driver, options: ConnectionOptions) {
    this.#driver = driver;
    this.#options = options;
    this.#timeouts = new Timeouts(options.commandTimeout);
  }

  /** False while there is no link, or the server is silent. */
  get isReachable(): boolean {
    return this.#link !== undefined && this.#breaker.isClosed;
  }

  /** Runs a script on the state's key. Rejects with StoreUnavailable when there is no answer, or a refusal. */
  run(script: Script, state: string, args: readonly Argument[]): Promise<unknown> {
    const link = this.#link;
    if (link === undefined) return Promise.reject(withoutLink());
    const sent = ["EVALSHA", script.sha, "1", state, link.mark(), ...args];
    return this.#send(link, script.name, sent, (refused) => this.#runUnknown(link, script, sent, refused));
  }

  /** After a refusal: because the server does not know the script's text, or for another reason. */
  #runUnknown(
    link: Link,
    { name, text }: Script,
    sent: readonly Argument[],
    refused: StoreUnavailable,
  ): Promise<unknown> {
    const fail = (error: StoreUnavailable): Promise<never> => {
      // A primary that has become a replica: where the address leads now may be the new primary.
      if (refusal(error).includes("READONLY")) link.close();
      return Promise.reject(error);
    };
    if (!refusal(refused).startsWith("NOSCRIPT")) return fail(refused);
    return this.#send(link, name, ["EVAL", text, ...sent.slice(2)], fail);
  }

  /** Runs any other command, in the same way. */
  async command(name: string, args: readonly Argument[]): Promise<unknown> {
    if (this.#link === undefined) throw withoutLink();
    return this.#send(this.#link, name, [name, ...args]);
  }

  close(): void {
    this.#closing.abort();
    this.#link?.close();
  }

  #send(
    link: Link,
    name: string,
    args: readonly Argument[],
    recover: RoundTripOptions["recover"] = undefined,
  ): Promise<unknown> {
    const breaker = this.#breaker;
    if (!breaker.isClosed) return Promise.reject(new StoreUnavailable("The Redis server does not answer"));
    breaker.asked();
    const { observe } = this.#options;
    return roundTrip(link, args, { name, breaker, timeouts: this.#timeouts, observe, recover });
  }

  #open(timeout: number): Promise<Link> {
    return Link.open(this.#driver, { url: this.#options.url, timeout, onLost: (link) => this.#onLost(link) });
  }

  #onLost(link: Link): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    this.#breaker = new Breaker();
    if (!this.#closing.signal.aborted) void this.#reconnect(this.#closing.signal);
  }

  /** Until there is a link to a server that is fit. Never rejects. */
  async #reconnect(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await sleep(20 + backoff(attempt, 50, reconnectCap), signal);
        const link = await this.#open(reconnectTimeout);
        if (!signal.aborted && serverProblems(link.info).length === 0) {
          this.#link = link;
          return;
        }
        link.close();
      } catch {
        // The next attempt will tell.
      }
    }
  }
}

function withoutLink(): StoreUnavailable {
  return new StoreUnavailable("There is no connection to the Redis server");
}

/** What the server said, if it did. */
function refusal({ cause }: StoreUnavailable): string {
  return cause instanceof Error ? cause.message : "";
}

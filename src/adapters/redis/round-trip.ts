// One command and its answer, within its time.

import { StoreUnavailable } from "../../store/store.ts";
import type { Breaker } from "./breaker.ts";
import type { Argument } from "./driver.ts";
import type { Link } from "./link.ts";
import type { Timeouts } from "./timeouts.ts";

/** One round trip, when it is over. */
export interface RedisRoundTrip {
  /** The script's name, or the command's. */
  readonly name: string;
  /** Milliseconds. */
  readonly duration: number;
  readonly error: StoreUnavailable | undefined;
}

/** What becomes of it. */
export interface RoundTripOptions {
  readonly name: string;
  readonly breaker: Breaker;
  readonly timeouts: Timeouts;
  readonly observe: ((trip: RedisRoundTrip) => void) | undefined;
  /** What to answer instead of a refusal; it rejects with what is to be told. */
  readonly recover: ((refused: StoreUnavailable) => Promise<unknown>) | undefined;
}

/** Sends a command. Rejects with StoreUnavailable if it is refused, or not answered in time: it may be done all the same. */
export function roundTrip(
  link: Link,
  args: readonly Argument[],
  { name, breaker, timeouts, observe, recover }: RoundTripOptions,
): Promise<unknown> {
  const start = observe === undefined ? 0 : performance.now();
  return new Promise((resolve, reject) => {
    const waiting = timeouts.begin(() => {
      const error = new StoreUnavailable("The Redis server gave no answer in time");
      observe?.({ name, duration: performance.now() - start, error });
      reject(error);
      if (breaker.timedOut()) link.close();
    });
    link.send(args).then(
      (reply) => {
        breaker.answered();
        if (!timeouts.end(waiting)) return;
        observe?.({ name, duration: performance.now() - start, error: undefined });
        resolve(reply);
      },
      (cause: unknown) => {
        // A refusal is an answer; and to a link that is lost the breaker means nothing.
        breaker.answered();
        if (!timeouts.end(waiting)) return;
        const error = new StoreUnavailable("The Redis server cannot be reached, or refused a command", { cause });
        observe?.({ name, duration: performance.now() - start, error });
        if (recover === undefined) reject(error);
        else resolve(recover(error));
      },
    );
  });
}

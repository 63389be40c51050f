// One command and its answer, within its time.

import { StoreUnavailable } from "../../store/store.ts";
import type { Breaker } from "./breaker.ts";
import type { Argument } from "./driver.ts";
import type { Link } from "./link.ts";

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
  /** Milliseconds. */
  readonly timeout: number;
  readonly observe: ((trip: RedisRoundTrip) => void) | undefined;
}

/** Milliseconds: a timer that is later than this was held up by this process itself. */
const heldUp = 50;

/** Sends a command. Rejects with StoreUnavailable if it is refused, or not answered in time: it may be done all the same. */
export function roundTrip(
  link: Link,
  args: readonly Argument[],
  { name, breaker, timeout, observe }: RoundTripOptions,
): Promise<unknown> {
  const start = observe === undefined ? 0 : performance.now();
  return new Promise((resolve, reject) => {
    const fail = (error: StoreUnavailable): void => {
      observe?.({ name, duration: performance.now() - start, error });
      reject(error);
    };
    let isLate = false;
    const onTimeout = (): void => {
      isLate = true;
      fail(new StoreUnavailable("The Redis server gave no answer in time"));
      if (breaker.timedOut()) link.close();
    };
    const due = performance.now() + timeout;
    let timer = setTimeout(() => {
      // The command may not be sent, or its answer not be read yet: it has its time again, once.
      if (performance.now() > due + heldUp) timer = setTimeout(onTimeout, timeout);
      else onTimeout();
    }, timeout);
    link.send(args).then(
      (reply) => {
        breaker.answered();
        if (isLate) return;
        clearTimeout(timer);
        observe?.({ name, duration: performance.now() - start, error: undefined });
        resolve(reply);
      },
      (cause: unknown) => {
        // A refusal is an answer; and to a link that is lost the breaker means nothing.
        breaker.answered();
        if (isLate) return;
        clearTimeout(timer);
        fail(new StoreUnavailable("The Redis server cannot be reached, or refused a command", { cause }));
      },
    );
  });
}

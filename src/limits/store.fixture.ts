// A store that only counts limits, on a clock that the test moves; it can be taken away.

import { LimitBuckets } from "../store/limit-buckets.ts";
import { type Answer, type LimitQuestion, type Question, type Store, StoreUnavailable } from "../store/store.ts";

/** The store with what a test steers. */
export interface FixtureStore extends Store {
  /** Microseconds. */
  time: number;
  isReachable: boolean;
  /** Whether it gives no answer though it seems reachable. */
  silent: boolean;
  /** Whether it answers with a promise. */
  remote: boolean;
  readonly asked: (readonly LimitQuestion[])[];
}

/** Makes one, reachable, at time 0. */
export function fixtureStore(remote = false): FixtureStore {
  const buckets = new LimitBuckets({ now: () => store.time });
  const unused = (): never => {
    throw new Error("not a part of limits");
  };
  const store: FixtureStore = {
    kind: "memory",
    time: 0,
    isReachable: true,
    silent: false,
    remote,
    asked: [],
    ask({ limits }: Question): Answer | Promise<Answer> {
      store.asked.push(limits);
      if (store.silent) {
        const lost = new StoreUnavailable("no answer");
        if (store.remote) return Promise.reject(lost);
        throw lost;
      }
      const answer: Answer = { limits: buckets.ask(limits), entry: undefined };
      return store.remote ? Promise.resolve(answer) : answer;
    },
    fill: unused,
    fence: unused,
    unfence: unused,
    seal: unused,
    renew: unused,
    forget: unused,
    close: async () => undefined,
  };
  return store;
}

// Charges the calls of one operation to its limits, and says what is left of them.

import { appError } from "../core/catalogue.ts";
import type { Call } from "../pipeline/call.ts";
import { joinNotes } from "../pipeline/limit-note.ts";
import type { LimitGuard } from "../pipeline/ports.ts";
import { type Answer, type LimitQuestion, type LimitState, type Store, StoreUnavailable } from "../store/store.ts";
import type { CountedLimit, CountedQuestion } from "./counted-limit.ts";
import type { Tally } from "./tally.ts";

/** What a guard is made of. */
export interface GuardOptions {
  readonly forUsers: readonly CountedLimit[];
  readonly forNobody: readonly CountedLimit[];
  readonly tally: Tally;
  readonly onRefused: ((operation: string, limit: string) => void) | undefined;
}

/** Seconds after which a store that is away may be back. */
const storeRetryAfter = 1;

/** The guard of an operation at one place of its chain. */
export class Guard implements LimitGuard {
  readonly #options: GuardOptions;

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  charge(call: Call): void | Promise<void> {
    const questions = this.questions(call);
    if (questions.length === 0) return;
    const { store } = this.#options.tally;
    if (store === undefined || !store.isReachable) return this.withoutStore(call, questions);
    const answer = this.#answerOf(store, questions);
    if (answer === undefined) return this.withoutStore(call, questions);
    if (!(answer instanceof Promise)) return this.judge(call, questions, answer.limits);
    return answer.then(
      ({ limits }) => this.judge(call, questions, limits),
      (thrown: unknown) => {
        if (!(thrown instanceof StoreUnavailable)) throw thrown;
        this.withoutStore(call, questions);
      },
    );
  }

  questions(call: Call): readonly LimitQuestion[] {
    return this.#limitsOf(call).flatMap((limit) => limit.questionOf(call) ?? []);
  }

  judge(call: Call, questions: readonly LimitQuestion[], states: readonly LimitState[]): void {
    this.#options.tally.inContact();
    this.#conclude(call, questions, states);
  }

  withoutStore(call: Call, questions: readonly LimitQuestion[]): void {
    if (questions.length === 0) return;
    const { tally } = this.#options;
    if (tally.store !== undefined && this.#limitsOf(call).some(({ secure }) => secure))
      throw appError("STORE_UNAVAILABLE", { retryAfter: storeRetryAfter });
    this.#conclude(call, questions, tally.locally(questions));
  }

  #limitsOf({ user }: Call): readonly CountedLimit[] {
    return user === undefined ? this.#options.forNobody : this.#options.forUsers;
  }

  /** Undefined where the store threw that it is away. */
  #answerOf(store: Store, limits: readonly LimitQuestion[]): Answer | Promise<Answer> | undefined {
    try {
      return store.ask({ limits, entry: undefined });
    } catch (thrown) {
      if (thrown instanceof StoreUnavailable) return undefined;
      throw thrown;
    }
  }

  #conclude(call: Call, asked: readonly LimitQuestion[], states: readonly LimitState[]): void {
    const questions = asked as readonly CountedQuestion[]; // made by `questions`
    const policies = questions.map(({ stated }) => stated);
    const index = tightestOf(states);
    const [state, stated] = [states[index], policies[index]];
    if (state === undefined || stated === undefined) return;
    const { name } = stated;
    const reset = Math.ceil(state.resetAfter / 1e6);
    call.limits = joinNotes(call.limits, { policies, tightest: { name, remaining: state.remaining, reset } });
    if (state.admitted) return;
    this.#options.onRefused?.(call.operation.id, name);
    throw appError("RATE_LIMITED", { retryAfter: Math.ceil(state.retryAfter / 1e3) / 1e3, details: { limit: name } });
  }
}

/** Where the fewest calls are left: a refusal before all else, then the one that lasts longest. */
function tightestOf(states: readonly LimitState[]): number {
  let tightest = 0;
  for (const [index, state] of states.entries()) {
    const known = states[tightest];
    if (known !== undefined && compare(state, known) < 0) tightest = index;
  }
  return tightest;
}

function compare(a: LimitState, b: LimitState): number {
  if (a.admitted !== b.admitted) return a.admitted ? 1 : -1;
  if (!a.admitted) return b.retryAfter - a.retryAfter;
  return a.remaining - b.remaining || b.resetAfter - a.resetAfter;
}

// Whether and when a call that failed is tried again. One for each call.

import type { AppError } from "../../core/app-error.ts";
import { backoff, sleep } from "../../core/async.ts";
import type { TokenSource } from "../token-source.ts";
import { abortError } from "./abort-error.ts";

/** What bounds the repetition of a call. */
export interface RepetitionLimits {
  /** How often it is tried again at most. */
  readonly retries: number;
  /** Milliseconds since the epoch; Infinity where there is none. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

/** What a failed attempt leaves to be done. */
export interface AttemptState {
  /** Whether a second attempt has all that the first one had: no item was taken, no answer was given on. */
  readonly isWhole: boolean;
  /** Whether it may have been done already and still be repeated: it only reads, or the server knows it by its key. */
  readonly isRepeatable: boolean;
}

/** Milliseconds: the longest first pause, and the longest of all. */
const firstPause = 100;
const longestPause = 5_000;

/** Reasons after which a call is tried again, beside the code UNAVAILABLE: they say that it may succeed, or has. */
const passing = new Set(["IDEMPOTENCY_IN_PROGRESS", "OUTCOME_UNKNOWN", "SLOW_CONSUMER"]);

/** The attempts of one call. */
export class Repetition {
  /** Who the next attempt is made as. */
  token: string | undefined;
  readonly #limits: RepetitionLimits;
  readonly #tokens: TokenSource;
  #failed = 0;
  #renewed = false;

  constructor(limits: RepetitionLimits, tokens: TokenSource, token: string | undefined) {
    this.#limits = limits;
    this.#tokens = tokens;
    this.token = token;
  }

  /** Milliseconds that are left of the call's time; undefined where it has no end. */
  get timeLeft(): number | undefined {
    const { deadline } = this.#limits;
    return deadline === Number.POSITIVE_INFINITY ? undefined : Math.max(0, deadline - Date.now());
  }

  /** Told that a stream went on: what failed before counts no more. */
  progressed(): void {
    this.#failed = 0;
    this.#renewed = false;
  }

  /**
   * Resolves when the next attempt should begin; throws the error where there should be none. Pauses are random below a
   * bound that doubles, at least as long as the server asks for, and never end behind the deadline.
   */
  async afterFailure(error: AppError, { isWhole, isRepeatable }: AttemptState): Promise<void> {
    if (!isWhole || this.#limits.signal?.aborted === true) throw error;
    if (await this.#isRenewed(error)) return;
    const isWorth = error.code === "UNAVAILABLE" || passing.has(error.reason);
    if (!isRepeatable || !isWorth || this.#failed >= this.#limits.retries) throw error;
    const pause = (error.retryAfter ?? 0) * 1000 + backoff(this.#failed++, firstPause, longestPause);
    if (Date.now() + pause >= this.#limits.deadline) throw error;
    await sleep(pause, this.#limits.signal).catch((reason: unknown) => {
      throw abortError(reason);
    });
  }

  /** A credential that has expired refused the call before it did anything. */
  async #isRenewed({ reason }: AppError): Promise<boolean> {
    if (reason !== "CREDENTIAL_EXPIRED" || this.#renewed || this.token === undefined) return false;
    this.#renewed = true;
    const token = await this.#tokens.renewed(this.token);
    this.token = token ?? this.token;
    return token !== undefined;
  }
}

// Counts how long the server has been silent, and who may still ask it.

/** Time-outs in a row after which nobody asks. */
const breakAfter = 3;
/** Milliseconds until one caller may try. */
const probeEvery = 500;
/** Milliseconds of silence after which the connection is given up: its packets may be lost where a new one's are not. */
const giveUpAfter = 2_000;

/** A circuit breaker: closed, or open with one probe at a time. */
export class Breaker {
  #timeouts = 0;
  #silentSince = 0;
  #probeAt = 0;

  /** Whether a caller may ask. */
  get isClosed(): boolean {
    return this.#probeAt === 0 || performance.now() >= this.#probeAt;
  }

  /** Before asking: whoever asks an open one is its probe. */
  asked(): void {
    if (this.#probeAt !== 0) this.#probeAt = performance.now() + probeEvery;
  }

  answered(): void {
    this.#timeouts = 0;
    this.#probeAt = 0;
  }

  /** Answers whether the connection is to be given up. */
  timedOut(): boolean {
    const now = performance.now();
    if (++this.#timeouts === 1) this.#silentSince = now;
    if (this.#timeouts < breakAfter) return false;
    this.#probeAt = now + probeEvery;
    return now - this.#silentSince >= giveUpAfter;
  }
}

// A bell for one waiter: rung by hints, heard at once or at the next wait.

/** Lets one loop wait for work, at most for a given time. A ring while nobody waits is kept. */
export class WakeSignal {
  #rung = false;
  #wake: (() => void) | undefined;

  /** Ends the wait, or the next one. */
  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves at the next ring (or one not yet heard), or after `millis`. */
  async wait(millis: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, millis);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#rung = false;
  }
}

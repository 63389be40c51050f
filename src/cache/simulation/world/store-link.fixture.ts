// The way from a process to the store: every message, and every answer, takes its time, and may be lost. Messages may
// overtake one another, which is more than one connection allows: what was sent on a lost one may still arrive.

import { type Answer, type Fill, type Question, type Store, StoreUnavailable } from "../../../store/store.ts";
import { actor, type Mortal, type Schedule, type Step } from "../schedule.fixture.ts";

/** How reliable it is. */
export interface LinkQuality {
  /** How often a message is lost on its way, of 1; and an answer on its way back. */
  loss: number;
}

/** Milliseconds after which an answer is no longer waited for, as with the real connection. */
const answerWithin = 500;

/** The store as a process sees it. */
export class StoreLink implements Store {
  readonly kind = "redis";
  readonly #store: Store;
  readonly #schedule: Schedule;
  readonly #owner: Mortal;
  readonly #quality: LinkQuality;
  readonly #waiting = new Set<() => void>();
  #isCut = false;

  constructor(store: Store, schedule: Schedule, owner: Mortal, quality: LinkQuality) {
    this.#store = store;
    this.#schedule = schedule;
    this.#owner = owner;
    this.#quality = quality;
  }

  get isReachable(): boolean {
    return !this.#isCut;
  }

  /** Nothing is sent any more, and no answer comes; what is on its way may still arrive. */
  cut(): void {
    this.#isCut = true;
    for (const fail of [...this.#waiting]) fail();
  }

  mend(): void {
    this.#isCut = false;
  }

  ask(question: Question): Promise<Answer> {
    return this.#send("look", () => this.#store.ask(question), told);
  }

  fill(fill: Fill): Promise<boolean> {
    return this.#send("fill", () => this.#store.fill(fill), String);
  }

  fence(token: string, tags: readonly string[]): Promise<void> {
    return this.#send(`fence on ${tags.join(" ")}`, () => this.#store.fence(token, tags));
  }

  unfence(token: string, tags: readonly string[]): Promise<void> {
    return this.#send(`unfence of ${tags.join(" ")}`, () => this.#store.unfence(token, tags));
  }

  seal(): Promise<void> {
    return this.#send("seal", () => this.#store.seal());
  }

  renew(): Promise<void> {
    return this.#send("renew", () => this.#store.renew());
  }

  forget(): Promise<number> {
    return this.#send("janitor's turn", () => this.#store.forget());
  }

  async close(): Promise<void> {}

  #send<T>(words: string, effect: () => T | Promise<T>, tell: (answer: T) => string = nothing): Promise<T> {
    const isUnawaited = /^(fill|unfence)/.test(words);
    if (!this.#owner.isAlive) return new Promise(() => undefined);
    if (this.#isCut) return Promise.reject(new StoreUnavailable("There is no connection to the store"));
    const who = actor();
    const schedule = this.#schedule;
    return new Promise((resolve, reject) => {
      let isOpen = true;
      const end = (how: () => void): void => {
        if (!isOpen || !this.#owner.isAlive) return;
        isOpen = false;
        clearTimeout(timer);
        this.#waiting.delete(fail);
        how();
      };
      const fail = (): void => {
        schedule.tell(who, `no answer to the ${words}`);
        end(() => reject(new StoreUnavailable("The store gave no answer")));
      };
      const timer = setTimeout(fail, answerWithin);
      this.#waiting.add(fail);
      const isLost = (what: string): boolean => {
        const lost = schedule.random.chance(this.#quality.loss);
        if (lost) schedule.tell(who, `… ${what}`);
        return lost;
      };
      const arrive = (): void => {
        if (isLost("is lost before")) return;
        const result = effect();
        if (!(result instanceof Promise)) schedule.tell(who, `… ${tell(result)}`);
        if (isLost("its answer is lost")) return;
        const answer = (): void => end(() => resolve(result));
        if (schedule.random.chance(0.5)) answer();
        else schedule.add({ who, words: `hears of the ${words}`, owner: this.#owner, run: answer });
      };
      const step: Step = { who, words: `the ${words} arrives`, run: arrive };
      schedule.add(step);
      // What comes late does most harm where nobody waits for it.
      if (isUnawaited && schedule.random.chance(0.4)) schedule.stall(step);
    });
  }
}

function told({ entry }: Answer): string {
  if (entry === undefined) return "nothing";
  if (entry.state === "hit") return `hit: ${Buffer.from(entry.body).toString().trim()}`;
  return "lease" in entry ? `${entry.state}, lease ${entry.lease.clock} of life ${entry.lease.boot}` : entry.state;
}

function nothing(): string {
  return "done";
}

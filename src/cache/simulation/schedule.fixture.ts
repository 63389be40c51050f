// One schedule: the order in which everything that is pending goes on. Its seed decides all of it, so that a run can be
// had again. fast-check's scheduler is not used: it settles promises through several turns of microtasks for each of
// them, which is some ten times slower, and its counter-examples are values, where a number is enough here.

import { AsyncLocalStorage } from "node:async_hooks";
import { createRandom, type Random } from "./random.fixture.ts";

/** Something that may go on now. */
export interface Step {
  readonly who: string;
  readonly words: string;
  /** Whoever waits for it: what has died waits for nothing. */
  readonly owner?: Mortal | undefined;
  /** Undefined: always. */
  readonly isReady?: () => boolean;
  readonly run: () => void;
}

/** A process of the simulation. */
export interface Mortal {
  readonly isAlive: boolean;
}

const acting = new AsyncLocalStorage<string>();
const setImmediateOfNode = setImmediate;

/** Runs work under a name, which everything that it asks for is told with. */
export function actAs<T>(name: string, work: () => T): T {
  return acting.run(name, work);
}

/** Who is acting. */
export function actor(): string {
  return acting.getStore() ?? "somebody";
}

/** Pending steps, and the choice among them. */
export class Schedule {
  readonly random: Random;
  readonly told: string[] = [];
  readonly #isTelling: boolean;
  /** By ranks some steps are overtaken by all others for long; by chance none is. Each finds what the other does not. */
  readonly #byRank: boolean;
  #pending: { readonly step: Step; rank: number }[] = [];

  constructor(seed: number, isTelling: boolean) {
    this.random = createRandom(seed);
    this.#isTelling = isTelling;
    this.#byRank = this.random.chance(0.5);
  }

  add(step: Step): void {
    this.#pending.push({ step, rank: this.random.next() });
  }

  /** Waits to be chosen. */
  wait(words: string, owner?: Mortal): Promise<void> {
    const who = actor();
    return new Promise((resolve) => this.add({ who, words, owner, run: resolve }));
  }

  tell(who: string, words: string): void {
    if (this.#isTelling) this.told.push(`${who}: ${words}`);
  }

  /** Runs one step; false when none is ready. */
  go(): boolean {
    this.#pending = this.#pending.filter(({ step }) => step.owner?.isAlive !== false);
    const ready = this.#pending.filter(({ step }) => step.isReady?.() !== false);
    const chosen = this.#byRank ? this.#highest(ready) : this.random.pick(ready);
    if (chosen === undefined) return false;
    this.#pending.splice(this.#pending.indexOf(chosen), 1);
    this.tell(chosen.step.who, chosen.step.words);
    chosen.step.run();
    return true;
  }

  #highest(ready: readonly { rank: number; readonly step: Step }[]) {
    if (ready.length > 1 && this.random.chance(0.1)) for (const one of ready) one.rank = this.random.next();
    return ready.toSorted((one, other) => other.rank - one.rank)[0];
  }
}

/** Resolves when nothing is left to do but pending steps. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediateOfNode(resolve));
}

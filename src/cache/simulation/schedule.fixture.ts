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

/** Pending steps, and the choice among them: by chance, but that now and then something is held up for long. */
export class Schedule {
  readonly random: Random;
  readonly told: string[] = [];
  readonly #isTelling: boolean;
  /** How often something is held up, of 1. */
  readonly #stalls: number;
  /** Steps, or those who take them, and the step until which they are held up: most faults show when one is slow. */
  readonly #stalled = new Map<Step | string, number>();
  #gone = 0;
  #pending: Step[] = [];

  constructor(seed: number, isTelling: boolean) {
    this.random = createRandom(seed);
    this.#isTelling = isTelling;
    this.#stalls = this.random.pick([0, 0.02, 0.05, 0.1]) ?? 0;
  }

  add(step: Step): void {
    this.#pending.push(step);
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
    this.#pending = this.#pending.filter(({ owner }) => owner?.isAlive !== false);
    if (this.random.chance(this.#stalls)) this.stall();
    this.#gone++;
    const ready = this.#pending.filter(({ isReady }) => isReady?.() !== false);
    const chosen = this.random.pick(ready.filter((step) => !this.#isStalled(step))) ?? this.random.pick(ready);
    if (chosen === undefined) return false;
    this.#pending.splice(this.#pending.indexOf(chosen), 1);
    this.tell(chosen.who, chosen.words);
    chosen.run();
    return true;
  }

  /** Holds something up, as long as there is something else to do: this step; else any, or somebody altogether. */
  stall(step?: Step): void {
    const any = step ?? this.random.pick(this.#pending);
    if (any === undefined) return;
    const stalled = step === undefined && this.random.chance(0.5) ? any.who : any;
    this.#stalled.set(stalled, this.#gone + this.random.between(5, 80));
  }

  #isStalled(step: Step): boolean {
    const until = Math.max(this.#stalled.get(step) ?? 0, this.#stalled.get(step.who) ?? 0);
    return until > this.#gone;
  }
}

/** Resolves when nothing is left to do but pending steps. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediateOfNode(resolve));
}

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

/** What decides who goes on: chance alone; or ranks of steps, or of those who take them, by which some are slow for long. */
type Choice = "chance" | "steps" | "actors";

/** Pending steps, and the choice among them. Each way to choose finds faults that the others hardly ever do. */
export class Schedule {
  readonly random: Random;
  readonly told: string[] = [];
  readonly #isTelling: boolean;
  readonly #choice: Choice;
  /** How often ranks are drawn anew, of 1. */
  readonly #newRanks: number;
  readonly #ranks = new Map<Step | string, number>();
  #pending: Step[] = [];

  constructor(seed: number, isTelling: boolean) {
    this.random = createRandom(seed);
    this.#isTelling = isTelling;
    this.#choice = this.random.pick<Choice>(["chance", "steps", "actors", "actors"]) ?? "chance";
    this.#newRanks = this.random.pick([0.01, 0.03, 0.1]) ?? 0;
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
    const ready = this.#pending.filter(({ isReady }) => isReady?.() !== false);
    const chosen = this.#choice === "chance" ? this.random.pick(ready) : this.#first(ready);
    if (chosen === undefined) return false;
    this.#pending.splice(this.#pending.indexOf(chosen), 1);
    this.tell(chosen.who, chosen.words);
    chosen.run();
    return true;
  }

  #first(ready: readonly Step[]): Step | undefined {
    if (this.random.chance(this.#newRanks)) this.#ranks.clear();
    let first = ready[0];
    for (const step of ready) if (first === undefined || this.#rank(step) > this.#rank(first)) first = step;
    return first;
  }

  #rank(step: Step): number {
    const ranked = this.#choice === "steps" ? step : step.who;
    const rank = this.#ranks.get(ranked) ?? this.random.next();
    this.#ranks.set(ranked, rank);
    return rank;
  }
}

/** Resolves when nothing is left to do but pending steps. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediateOfNode(resolve));
}

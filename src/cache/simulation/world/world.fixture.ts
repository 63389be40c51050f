// Everything that a schedule is played in: database, store, processes with their links, time; and what may happen to it.

import type { CacheObserver } from "../../coherent-cache.ts";
import type { Without } from "../../model/parts.ts";
import type { Disturbances, Profile } from "../profile.fixture.ts";
import { RuleStore } from "../rule-store.fixture.ts";
import { actAs, actor, type Mortal, type Schedule, type Step } from "../schedule.fixture.ts";
import { type ApiProcess, type CodeFaults, createApiProcess } from "./api-process.fixture.ts";
import { DatabaseLink, type SimulatedTransaction } from "./database-link.fixture.ts";
import { DatabaseServer } from "./database-server.fixture.ts";
import { SimulatedTime } from "./simulated-time.fixture.ts";
import { type LinkQuality, StoreLink } from "./store-link.fixture.ts";
import { type LivingStore, StoreLives } from "./store-lives.fixture.ts";

/** What is planted. */
export interface Faults extends CodeFaults {
  /** Parts of the protocol that the store does without. */
  readonly without?: Without;
}

/** A process with what it is reached by. */
export interface Running {
  readonly process: ApiProcess;
  readonly link: StoreLink;
  readonly life: Life;
}

/** The life of a process. */
export class Life implements Mortal {
  isAlive = true;
  /** Resolves when it ends. */
  readonly death: Promise<"died">;
  end: () => void = () => undefined;

  constructor() {
    this.death = new Promise((resolve) => {
      this.end = () => {
        this.isAlive = false;
        resolve("died");
      };
    });
  }
}

/** Entries take a few hundred bytes: three or four find room. */
const roomForEntries = 1_200;

/** The world of one schedule. */
export class World {
  readonly time = new SimulatedTime();
  readonly server: DatabaseServer;
  readonly store: LivingStore;
  readonly running: Running[] = [];
  /** Reads that joined a load. */
  joins = 0;
  readonly #schedule: Schedule;
  readonly #profile: Profile;
  readonly #faults: Faults;
  readonly #quality: LinkQuality;
  readonly #open = new Set<SimulatedTransaction>();
  #started = 0;
  #relays: boolean;

  constructor(schedule: Schedule, profile: Profile, faults: Faults) {
    this.#schedule = schedule;
    this.#profile = profile;
    this.#faults = faults;
    this.#quality = { loss: profile.loss };
    this.#relays = profile.relay;
    const now = (): number => this.time.now;
    this.server = new DatabaseServer(profile.rows, now);
    this.store =
      faults.without === undefined
        ? new StoreLives({ now, maxBytes: roomForEntries })
        : new RuleStore({ now, without: faults.without });
    for (let index = 0; index < profile.processes; index++) this.#start();
  }

  /** One disturbance of those that the profile knows. */
  disturb(): void {
    const { disturbances } = this.#profile;
    const names = Object.keys(disturbances) as (keyof Disturbances)[]; // its own keys
    const weighted = names.flatMap((name) => Array<keyof Disturbances>(disturbances[name]).fill(name));
    const chosen = this.#schedule.random.pick(weighted);
    if (chosen !== undefined) this.#disturbances[chosen]();
  }

  /** Time passes. COMMITs that would be overdue then take effect before, or never. */
  pass(millis: number): void {
    const at = this.time.now + millis;
    if (!this.#profile.lateCommits) for (const one of [...this.#open]) if (one.isOverdue(at)) one.decide();
    this.#schedule.tell("time", `${Math.round(millis)} ms pass`);
    this.time.pass(millis);
  }

  /** From now on nothing goes wrong any more, and relays run. */
  calm(): void {
    this.#schedule.tell("the world", "from now on nothing goes wrong");
    this.#quality.loss = 0;
    for (const { link } of this.running) link.mend();
    if (!this.#relays) for (const { process } of this.running) process.startRelay();
    this.#relays = true;
  }

  readonly #disturbances: Readonly<Record<keyof Disturbances, () => void>> = {
    time: () => this.pass(this.#chance([this.time.untilNext ?? 10, 10, 600, 5_500])),
    longTime: () => this.pass(this.#chance([15_000, 28_000, 33_000, 62_000, 62_000, 640_000])),
    crash: () => this.#crash(),
    wipe: () => {
      this.#schedule.tell("the store", "loses everything");
      this.store.wipe();
      this.#passSoon(62_000);
    },
    restart: () => {
      this.#schedule.tell("the store", "is restarted with its data");
      this.store.restart();
      this.#passSoon(62_000);
    },
    cut: () => this.#cut(),
    lostConnection: () => {
      const transaction = this.#schedule.random.pick([...this.#open]);
      if (transaction === undefined) return;
      this.#schedule.tell(`transaction ${transaction.work.id}`, "loses its connection");
      transaction.lose();
    },
    janitor: () => {
      if (this.#schedule.random.chance(0.6)) this.pass(3_700_000);
      this.#schedule.tell("the janitor", "forgets");
      void this.store.forget();
    },
    eviction: () => {
      this.#schedule.tell("the store", "drops what was least used");
      const { entry } = this.store.ask({ limits: [], entry: "filler" }) as { entry?: { lease?: never } }; // at once, in memory
      const body = new Uint8Array(roomForEntries - 220);
      if (entry?.lease !== undefined)
        void this.store.fill({ key: "filler", lease: entry.lease, tags: [], body, ttl: 1 });
    },
    migration: () => {
      void this.store.seal();
      const { schedule, store } = { schedule: this.#schedule, store: this.store };
      schedule.tell("a migration", "seals the store");
      schedule.add({ who: "a migration", words: "renews the store", run: () => void store.renew() });
    },
  };

  #start(): void {
    const name = `process ${++this.#started}`;
    const life = new Life();
    const link = new StoreLink(this.store, this.#schedule, life, this.#quality);
    const { server, time } = this;
    const { conflicts } = this.#profile;
    const commitSent = (transaction: SimulatedTransaction, step: Step): void => this.#commitSent(transaction, step);
    const database = new DatabaseLink(
      { server, schedule: this.#schedule, time, conflicts, open: this.#open, commitSent },
      life,
    );
    const observe: CacheObserver = { read: (result) => this.#observed(result), fill() {} };
    const process = createApiProcess({ name, store: link, database, faults: this.#faults, observe });
    this.running.push({ process, link, life });
    if (this.#relays) actAs(name, () => process.startRelay());
  }

  /** The moment from which on neither side knows: misfortunes are likelier than elsewhere. */
  #commitSent(transaction: SimulatedTransaction, step: Step): void {
    const { lateCommits, conflicts, disturbances } = this.#profile;
    const { random } = this.#schedule;
    if (random.chance(conflicts > 0 ? 0.6 : 0.3)) this.#schedule.stall(step);
    const likely = (isKnown: boolean, then: () => void): void => {
      if (!isKnown || !random.chance(0.4)) return;
      this.#schedule.stall(step);
      then();
    };
    likely(lateCommits, () => this.#passSoon(62_000));
    likely(disturbances.longTime > 0, () => this.#passSoon(28_000));
    likely(disturbances.wipe > 0, () => this.#soon("the store", "is about to be wiped", this.#disturbances.wipe));
    likely(disturbances.lostConnection > 0, () =>
      this.#soon(`transaction ${transaction.work.id}`, "its connection is lost", () => transaction.lose()),
    );
  }

  #soon(who: string, words: string, run: () => void): void {
    this.#schedule.add({ who, words, run });
  }

  #passSoon(millis: number): void {
    if (!this.#schedule.random.chance(0.5)) return;
    this.#soon("time", "is about to pass", () => this.pass(millis));
  }

  #observed(result: Parameters<CacheObserver["read"]>[0]): void {
    if (result !== "joined") return;
    this.joins++;
    this.#schedule.tell(actor(), "waits for the load of another read");
  }

  #crash(): void {
    const victim = this.#schedule.random.pick(this.running);
    if (victim === undefined) return;
    this.#schedule.tell(victim.process.name, "dies");
    victim.life.end();
    this.running.splice(this.running.indexOf(victim), 1);
    for (const transaction of [...this.#open]) if (transaction.owner === victim.life) transaction.lose();
    this.#start();
  }

  #cut(): void {
    const one = this.#schedule.random.pick(this.running);
    if (one === undefined) return;
    const { link, process } = one;
    this.#schedule.tell(process.name, link.isReachable ? "is cut off from the store" : "reaches the store again");
    if (link.isReachable) link.cut();
    else link.mend();
  }

  #chance(millis: readonly number[]): number {
    return this.#schedule.random.pick(millis) ?? 0;
  }
}

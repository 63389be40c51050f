// Plays the schedule of a seed: readers and writers over the real code, then rest, then a last look.

import { type Broken, History } from "./history.fixture.ts";
import { drawProfile, type Profile } from "./profile.fixture.ts";
import { actAs, Schedule, turn } from "./schedule.fixture.ts";
import { rowNames } from "./world/database-server.fixture.ts";
import { type Faults, type Running, World } from "./world/world.fixture.ts";

/** What came of a seed. */
export interface Played {
  readonly profile: Profile;
  readonly broken: Broken | undefined;
  /** What happened, in order; empty unless it was to be told. */
  readonly told: readonly string[];
  readonly steps: number;
  /** Calls that were answered. */
  readonly reads: number;
  readonly writes: number;
  /** Reads that joined a load. */
  readonly joins: number;
}

/** No schedule is as long as this: one that is goes round in circles. */
const mostSteps = 20_000;

/** Milliseconds of a timer that is waited for in earnest. */
const longWait = 300;

/** Plays it. The same seed is the same schedule, as long as nothing of the code has changed. */
export async function simulate(seed: number, faults: Faults = {}, isTelling = false): Promise<Played> {
  const schedule = new Schedule(seed, isTelling);
  const profile = drawProfile(schedule.random);
  const world = new World(schedule, profile, faults);
  const restore = world.time.install(schedule.random);
  try {
    return await new Play(schedule, profile, world).run();
  } finally {
    restore();
  }
}

class Play {
  readonly #schedule: Schedule;
  readonly #profile: Profile;
  readonly #world: World;
  readonly #history: History;
  readonly #names: string;
  #clients = 0;
  #steps = 0;
  #reads = 0;
  #writes = 0;
  #value = 0;

  constructor(schedule: Schedule, profile: Profile, world: World) {
    this.#schedule = schedule;
    this.#profile = profile;
    this.#world = world;
    this.#history = new History(world.server, profile.lateCommits ? ["PAIR", "ACK"] : ["PAIR", "ACK", "LIN"]);
    this.#names = rowNames.slice(0, profile.rows).join("");
  }

  async run(): Promise<Played> {
    const { readers, writers, unrest } = this.#profile;
    for (const [index, reads] of readers.entries())
      this.#client(`reader ${index + 1}`, (who) => this.#readSome(who, reads));
    for (const [index, writes] of writers.entries())
      this.#client(`writer ${index + 1}`, (who) => this.#writeSome(who, writes));
    await this.#play(unrest);
    if (this.#history.broken === undefined) await this.#rest();
    return {
      profile: this.#profile,
      broken: this.#history.broken,
      told: this.#schedule.told,
      steps: this.#steps,
      reads: this.#reads,
      writes: this.#writes,
      joins: this.#world.joins,
    };
  }

  /** Nothing goes wrong any more, and time passes until all that was left behind is seen to. Then everybody reads. */
  async #rest(): Promise<void> {
    this.#world.calm();
    for (const millis of [5_500, 62_000, 1_000, 1_000]) {
      this.#world.pass(millis);
      await this.#settle();
    }
    for (const { process } of [...this.#world.running]) {
      for (const which of ["first", "second"])
        this.#client(`the ${which} last reader at ${process.name}`, (who) => this.#lastRead(who, process));
      await this.#play(0);
    }
  }

  #client(name: string, work: (who: string) => Promise<void>): void {
    this.#clients++;
    const ended = (): void => {
      this.#clients--;
    };
    actAs(name, () => work(name)).then(ended, (error: unknown) => {
      this.#history.break("ERROR", String(error));
      ended();
    });
  }

  /** Until every client has ended, or a promise is broken. */
  async #play(unrest: number): Promise<void> {
    for (;;) {
      await turn();
      if (this.#clients === 0 || this.#history.broken !== undefined) return;
      if (++this.#steps > mostSteps) this.#history.break("ERROR", "the schedule does not end");
      if (this.#schedule.random.chance(unrest)) {
        if (this.#schedule.random.chance(0.5)) this.#schedule.stall();
        this.#world.disturb();
      } else if (this.#isDue() || !this.#schedule.go()) this.#world.pass(this.#world.time.untilNext ?? 1_000);
    }
  }

  /** Whether the next timer fires before the next step: short ones do, now and then, while much else is going on. */
  #isDue(): boolean {
    return (this.#world.time.untilNext ?? longWait) < longWait && this.#schedule.random.chance(0.1);
  }

  /** Until nothing is pending. */
  async #settle(): Promise<void> {
    do await turn();
    while (++this.#steps < mostSteps && this.#schedule.go());
  }

  async #readSome(who: string, reads: number): Promise<void> {
    // Who looks at the database first, and then asks the cache, is the one to be disappointed.
    const isDoubting = this.#schedule.random.chance(0.5);
    for (let read = 0; read < reads; read++) {
      await this.#schedule.wait("begins to read");
      const at = this.#schedule.random.pick(this.#world.running);
      if (at !== undefined) await this.#read(who, at, isDoubting && read % 2 === 0 ? "direct" : "read");
    }
  }

  async #read(who: string, { process, life }: Running, how: "read" | "direct"): Promise<void> {
    const { random } = this.#schedule;
    const between = random.chance(0.3) ? () => this.#schedule.wait("goes on with its read", life) : undefined;
    this.#schedule.tell(who, `reads at ${process.name}${how === "direct" ? " from the database" : ""}`);
    const owed = this.#history.start();
    try {
      const values = await Promise.race([process.read(this.#names, how, between), life.death]);
      if (values === "died") return;
      this.#reads++;
      this.#schedule.tell(who, `has read ${values.join(", ")}`);
      this.#history.read(who, values, owed);
    } catch (error) {
      this.#schedule.tell(who, `fails: ${String(error)}`);
      this.#history.failed(error, undefined);
    }
  }

  async #writeSome(who: string, writes: readonly (readonly number[])[]): Promise<void> {
    for (const rows of writes) {
      await this.#schedule.wait("begins to write");
      const at = this.#schedule.random.pick(this.#world.running);
      if (at !== undefined) await this.#write(who, rows, at);
    }
  }

  async #write(who: string, rows: readonly number[], { process, life }: Running): Promise<void> {
    const value = ++this.#value;
    const names = rows.map((row) => rowNames[row]).join("");
    this.#schedule.tell(who, `writes ${value} into ${names} at ${process.name}`);
    try {
      if ((await Promise.race([process.write(names, value), life.death])) === "died") return;
      this.#writes++;
      this.#schedule.tell(who, `is answered: ${value} is acknowledged`);
      this.#history.written(value, rows);
    } catch (error) {
      this.#schedule.tell(who, `fails: ${String(error)}`);
      this.#history.failed(error, value);
    }
  }

  async #lastRead(who: string, process: Running["process"]): Promise<void> {
    await this.#schedule.wait("begins the last read");
    const owed = this.#history.start();
    const values = await process.read(this.#names, "read");
    this.#reads++;
    this.#history.read(who, values, owed);
    this.#history.atRest(who, values);
  }
}

// Faults that the simulation must find, each planted at one of its seams: in the store (made of the model's rules, a
// part left out), or in the real code on its way to the store and to the database.

import { appError } from "../../core/catalogue.ts";
import type { Database, TransactionOptions } from "../../database/database.ts";
import type { Fill, Store } from "../../store/store.ts";
import { type CacheRead, CoherentCache } from "../coherent-cache.ts";
import { type Part, parts } from "../model/parts.ts";
import { UnitFences } from "../unit-fences.ts";
import type { Claim } from "./history.fixture.ts";
import { actor } from "./schedule.fixture.ts";
import type { Faults } from "./world/world.fixture.ts";

/** A fault, and the promises of which it breaks one. */
export interface PlantedFault {
  readonly name: string;
  readonly faults: Faults;
  readonly breaks: readonly Claim[];
}

/** A store as another one, but for some methods. */
function storeWith(store: Store, changes: Partial<Store>): Store {
  return {
    kind: store.kind,
    get isReachable() {
      return store.isReachable;
    },
    ask: (question) => store.ask(question),
    fill: (fill) => store.fill(fill),
    fence: (token, tags) => store.fence(token, tags),
    unfence: (token, tags) => store.unfence(token, tags),
    seal: () => store.seal(),
    renew: () => store.renew(),
    forget: () => store.forget(),
    close: () => store.close(),
    ...changes,
  };
}

/** Fences that are kept, and whose acknowledgement and release can be done otherwise. */
class SentFences extends UnitFences {
  readonly sent: Promise<void>[];

  constructor(store: Store) {
    const sent: Promise<void>[] = [];
    super(
      storeWith(store, {
        async fence(token, tags) {
          const fenced = Promise.resolve(store.fence(token, tags));
          sent.push(fenced);
          await fenced;
        },
      }),
    );
    this.sent = sent;
  }
}

class CommitsUnfenced extends UnitFences {
  override async acknowledged(): Promise<void> {
    super.acknowledged().catch(() => undefined);
  }
}

class NeverFencesAnew extends SentFences {
  override async acknowledged(): Promise<void> {
    try {
      await Promise.all(this.sent);
    } catch (error) {
      throw appError("STORE_UNAVAILABLE", { cause: error });
    }
  }
}

class AnswersBeforeUnfence extends UnitFences {
  override async release(): Promise<void> {
    super.release().catch(() => undefined);
  }
}

class UnfencesBeforeCommit extends UnitFences {
  override async acknowledged(): Promise<void> {
    await super.acknowledged();
    await super.release();
  }

  override async release(): Promise<void> {}
}

class UnfencesTheUnknown extends UnitFences {
  override leave(): void {
    this.abandon();
  }
}

class ForgetsToRelease extends UnitFences {
  override async release(): Promise<void> {}
}

class FencesOneRow extends UnitFences {
  override touch(tags: readonly string[]): void {
    if (!tags.includes("notes:y")) super.touch(tags);
  }
}

/** Joins whatever load is in flight. */
class JoinsAnyLoad extends CoherentCache {
  readonly #loads = new Map<string, Promise<Uint8Array>>();

  override read(read: CacheRead): Uint8Array | Promise<Uint8Array> {
    if (read.lookup?.state === "hit") return read.lookup.body;
    const known = this.#loads.get(read.key);
    if (known !== undefined) return known;
    const load = Promise.resolve(super.read(read));
    this.#loads.set(read.key, load);
    const end = (): boolean => this.#loads.delete(read.key);
    load.then(end, end);
    return load;
  }
}

function leasesWhenFilling(store: Store): Store {
  return storeWith(store, {
    async fill(fill: Fill) {
      const { entry } = await store.ask({ limits: [], entry: fill.key });
      return entry !== undefined && "lease" in entry ? store.fill({ ...fill, lease: entry.lease }) : false;
    },
  });
}

/** The handler's reads are each in a snapshot of its own. */
function manySnapshots(database: Database): Database {
  const begin = (options: TransactionOptions) =>
    database.begin({ ...options, readOnly: false, isolation: "read committed" });
  return {
    features: database.features,
    locks: database.locks,
    wakeups: database.wakeups,
    query: (statement, limits) => database.query(statement, limits),
    settle: (backend, evidence, limits) => database.settle(backend, evidence, limits),
    close: () => database.close(),
    begin,
  };
}

function inStore(leftOut: readonly Part[], ...breaks: readonly Claim[]): PlantedFault {
  const without = Object.fromEntries(leftOut.map((part) => [part, true] as const));
  return { name: `the store: ${leftOut.map((part) => parts[part]).join(", ")}`, faults: { without }, breaks };
}

function inCode(name: string, faults: Faults, ...breaks: readonly Claim[]): PlantedFault {
  return { name, faults, breaks };
}

/** All of them. */
export const plantedFaults: readonly PlantedFault[] = [
  inStore(["bumpAtUnfence"], "ACK", "LIN", "REST"),
  inStore(["bumpOfGoneToken"], "ACK", "LIN", "REST"),
  inStore(["bumpAtExpiry"], "ACK", "LIN", "REST"),
  inStore(["boot"], "ACK", "LIN", "REST"),
  inStore(["closedBirth"], "ACK", "LIN"),
  inStore(["invalidatedInHit"], "ACK", "LIN", "REST"),
  inStore(["floorInHit", "checkInFill"], "ACK", "LIN", "REST"),
  inStore(["floorAtForget"], "ACK", "LIN", "REST"),
  inCode("no fence", { store: (store) => storeWith(store, { async fence() {} }) }, "LIN"),
  inCode("a lease after the load", { store: leasesWhenFilling }, "ACK", "LIN"),
  inCode("any load is joined", { cache: (store, observe) => new JoinsAnyLoad(store, observe) }, "ACK", "LIN"),
  inCode("COMMIT before the fences are acknowledged", { fences: (store) => new CommitsUnfenced(store) }, "LIN"),
  inCode("old fences are not set anew", { fences: (store) => new NeverFencesAnew(store) }, "ACK", "LIN"),
  inCode("the answer before unfence", { fences: (store) => new AnswersBeforeUnfence(store) }, "ACK"),
  inCode("unfence before COMMIT", { fences: (store) => new UnfencesBeforeCommit(store) }, "ACK", "LIN"),
  inCode("no unfence", { fences: (store) => new ForgetsToRelease(store) }, "ACK"),
  inCode(
    "unfence while it is not known whether it committed",
    { fences: (store) => new UnfencesTheUnknown(store) },
    "LIN",
  ),
  inCode(
    "one token for all attempts",
    {
      store: (store) =>
        storeWith(store, {
          fence: (_token, tags) => store.fence(actor(), tags),
          unfence: (_token, tags) => store.unfence(actor(), tags),
        }),
    },
    "LIN",
  ),
  inCode("the fences of one row only", { fences: (store) => new FencesOneRow(store) }, "ACK", "LIN", "REST"),
  inCode(
    "the tags of one row only",
    {
      store: (store) =>
        storeWith(store, {
          fill: (fill) => store.fill({ ...fill, tags: fill.tags.filter((tag) => tag !== "notes:y") }),
        }),
    },
    "ACK",
    "LIN",
    "REST",
  ),
  inCode("a snapshot for each row", { database: manySnapshots }, "PAIR"),
  inCode("no relay of invalidations", { noRelay: true }, "REST"),
];

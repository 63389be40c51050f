import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import type { Database } from "../database/database.ts";
import { keptLog, until, upTo } from "../testing/events/event-fixtures.ts";
import { openStreamDatabase, type StreamDatabase } from "../testing/events/stream-database.ts";
import { createOwnership, type Membership } from "./ownership.ts";
import { shardCount } from "./shard.ts";

let streams: StreamDatabase;
before(async () => {
  streams = await openStreamDatabase();
});
after(() => streams.close());

/** Who owns what, over all members of a test. */
class Ledger {
  readonly owners = new Map<number, Set<string>>();
  readonly doubled: number[] = [];

  async join(role: string, name: string, database: Database): Promise<Membership> {
    return createOwnership({ database, log: keptLog(), interval: 100 }).join(role, {
      gained: (shards) => {
        for (const shard of shards) {
          const owners = this.owners.get(shard) ?? new Set();
          this.owners.set(shard, owners.add(name));
          if (owners.size > 1) this.doubled.push(shard);
        }
      },
      lost: async (shards) => {
        for (const shard of shards) this.owners.get(shard)?.delete(name);
      },
    });
  }

  forget(name: string): void {
    for (const owners of this.owners.values()) owners.delete(name);
  }

  /** How many shards each has, in the order of their number. */
  get shares(): number[] {
    const counts = new Map<string, number>();
    for (const owners of this.owners.values()) for (const name of owners) counts.set(name, (counts.get(name) ?? 0) + 1);
    return [...counts.values()].sort((a, b) => a - b);
  }
}

test("members share all shards equally, and one owner has each at a time", async () => {
  const role = randomUUID();
  const ledger = new Ledger();
  const members: Membership[] = [];
  const expected = [[64], [32, 32], [20, 20, 24], [16, 16, 16, 16], [12, 12, 12, 12, 16]];
  for (const [index, shares] of expected.entries()) {
    members.push(await ledger.join(role, `member-${index}`, await streams.connect()));
    await until(`shares are ${shares}`, () => String(ledger.shares) === String(shares));
  }
  assert.deepEqual(ledger.doubled, []);
  assert.equal(ledger.owners.size, shardCount);
  await Promise.all(members.map((member) => member.leave()));
});

test("a member that leaves is replaced, and so is one whose connections are cut", async () => {
  const role = randomUUID();
  const ledger = new Ledger();
  const cut = await streams.connect();
  const stays = await ledger.join(role, "stays", await streams.connect());
  const leaves = await ledger.join(role, "leaves", await streams.connect());
  const dies = await ledger.join(role, "dies", cut);
  await until("three share", () => ledger.shares.length === 3);
  await leaves.leave();
  ledger.forget("leaves");
  await until("two share", () => String(ledger.shares) === "32,32");
  assert.deepEqual(ledger.doubled, []);
  // Its locks end with its connections, before it can know of it.
  await cut.close();
  ledger.forget("dies");
  await until("one is left", () => String(ledger.shares) === "64");
  await Promise.all([stays.leave(), dies.leave()]);
});

test("ownership comes back after every connection was cut", async () => {
  const role = randomUUID();
  const ledger = new Ledger();
  const members = await Promise.all(
    upTo(2).map(async (index) => ledger.join(role, `member-${index}`, await streams.connect())),
  );
  await until("two share", () => String(ledger.shares) === "32,32");
  let lost = false;
  const noticed = until("shards are lost", () => {
    lost ||= ledger.shares.reduce((sum, share) => sum + share, 0) < 64;
    return lost;
  });
  await streams.cutOthers();
  await noticed;
  await until("two share again", () => String(ledger.shares) === "32,32");
  await Promise.all(members.map((member) => member.leave()));
});

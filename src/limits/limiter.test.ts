import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { command } from "../contract/kinds/command.ts";
import { query } from "../contract/kinds/query.ts";
import { createRegistry } from "../contract/registry.ts";
import { service } from "../contract/service.ts";
import type { CallRequest, Outcome } from "../pipeline/call.ts";
import { type Bench, createBench } from "../pipeline/pipeline.fixture.ts";
import { appLimitProblems } from "./app-limits.ts";
import { createLimiter, type LimiterOptions } from "./limiter.ts";
import { type FixtureStore, fixtureStore } from "./store.fixture.ts";

const second = 1_000_000;

const operations = {
  post: command({ summary: "Post", http: "POST /post", access: "user", limit: "3 per minute" }),
  tiered: command({
    summary: "By policy",
    http: "POST /tiered",
    access: ["public", "user"],
    limit: { free: "1 per minute", pro: "5 per minute" },
  }),
  signIn: command({
    summary: "Sign in",
    http: "POST /sign-in",
    input: { email: z.string() },
    access: "public",
    limit: [
      { rate: "2 per minute", by: { input: "email" }, secure: true },
      { rate: "4 per minute", by: "address" },
    ],
  }),
  read: query({ summary: "Read", http: "GET /read", access: "public" }),
};

interface Tried extends Bench {
  readonly refused: string[];
  as(user: string | undefined, name: string, input?: unknown, request?: Partial<CallRequest>): Promise<Outcome>;
}

function limitedBench(options: Partial<LimiterOptions>): Tried {
  const refused: string[] = [];
  const bench = createBench(operations, {
    handlers: Object.fromEntries(Object.keys(operations).map((name) => [name, async () => undefined])),
    limits: createLimiter({
      store: undefined,
      instances: 1,
      onRefused: (operation, limit) => refused.push(`${operation} ${limit}`),
      ...options,
    }),
  });
  return {
    ...bench,
    refused,
    as: (user, name, input, request) =>
      bench.call(name, input, {
        credential: user === undefined ? undefined : { kind: "bearer", token: user },
        address: "192.0.2.1",
        ...request,
      }),
  };
}

function reasonOf(outcome: Outcome): string {
  return outcome.ok ? "ok" : outcome.error.reason;
}

/** The reasons of so many calls, one after the other. */
async function reasons(count: number, call: () => Promise<Outcome>): Promise<string[]> {
  const all: string[] = [];
  for (let n = 0; n < count; n++) all.push(reasonOf(await call()));
  return all;
}

for (const remote of [false, true]) {
  test(`a user is refused after his calls, told when to come back, and admitted then (${remote ? "promised" : "at once"})`, async () => {
    const store = fixtureStore(remote);
    const bench = limitedBench({ store });
    const first = await bench.as("ann", "post");
    assert.deepEqual(first.limits, {
      policies: [{ name: "things.post", quota: 3, window: 60 }],
      tightest: { name: "things.post", remaining: 2, reset: 20 },
    });
    assert.deepEqual(await reasons(3, () => bench.as("ann", "post")), ["ok", "ok", "RATE_LIMITED"]);
    const refused = await bench.as("ann", "post");
    assert.ok(!refused.ok);
    assert.deepEqual(
      [refused.error.code, refused.error.retryAfter, refused.error.details, refused.limits?.tightest.remaining],
      ["RESOURCE_EXHAUSTED", 20, { limit: "things.post" }, 0],
    );
    assert.deepEqual(bench.refused, ["things.post things.post", "things.post things.post"]);
    assert.equal(reasonOf(await bench.as("bob", "post")), "ok", "each user has his own");
    store.time += 20 * second;
    assert.deepEqual(await reasons(2, () => bench.as("ann", "post")), ["ok", "RATE_LIMITED"]);
  });
}

test("an operation without limits asks nobody", async () => {
  const store = fixtureStore();
  const bench = limitedBench({ store });
  const outcome = await bench.as("ann", "read");
  assert.deepEqual([reasonOf(outcome), outcome.limits, store.asked.length], ["ok", undefined, 0]);
});

test("a user has the policy that the app says, and the first named where it says none", async () => {
  const limits = { policy: ({ id }: { id: string }) => (id === "rich" ? "pro" : id === "odd" ? "unheard" : "free") };
  const bench = limitedBench({ limits });
  const admitted = async (user: string | undefined): Promise<number> =>
    (await reasons(7, () => bench.as(user, "tiered"))).filter((reason) => reason === "ok").length;
  assert.deepEqual(
    [await admitted("poor"), await admitted("rich"), await admitted("odd"), await admitted(undefined)],
    [1, 5, 1, 1],
  );
});

test("what is counted by a field is counted after validation, and its value is nowhere in the store", async () => {
  const store = fixtureStore();
  const bench = limitedBench({ store });
  const signIn = (email: string, address: string) => bench.as(undefined, "signIn", { email }, { address });
  assert.deepEqual(await reasons(3, () => signIn("ann@example.com", "192.0.2.1")), ["ok", "ok", "RATE_LIMITED"]);
  assert.equal(reasonOf(await signIn("Ann@Example.com", "192.0.2.2")), "RATE_LIMITED", "from anywhere");
  assert.equal(reasonOf(await signIn("bob@example.com", "192.0.2.1")), "ok");
  const spent = await signIn("eve@example.com", "192.0.2.1");
  assert.ok(!spent.ok);
  assert.deepEqual(spent.error.details, { limit: "things.signIn.address" });
  assert.equal(reasonOf(await bench.as(undefined, "signIn", {}, { address: "192.0.2.3" })), "VALIDATION_FAILED");
  assert.doesNotMatch(JSON.stringify(store.asked), /example/i);
  const note = (await signIn("dan@example.com", "192.0.2.4")).limits;
  assert.deepEqual(
    note?.policies.map(({ name }) => name),
    ["things.signIn.address", "things.signIn.email"],
  );
  assert.deepEqual(note?.tightest, { name: "things.signIn.email", remaining: 1, reset: 30 });
});

test("the app's own limits count all operations together, of users and of addresses", async () => {
  const bench = limitedBench({ limits: { overall: "2 per minute", anonymous: "1 per minute" } });
  assert.equal(reasonOf(await bench.as("ann", "post")), "ok");
  const second = await bench.as("ann", "read");
  assert.deepEqual(second.limits?.tightest, { name: "overall", remaining: 0, reset: 60 });
  const third = await bench.as("ann", "tiered");
  assert.deepEqual([reasonOf(third), third.limits?.tightest.name], ["RATE_LIMITED", "overall"]);
  assert.deepEqual(await reasons(2, () => bench.as(undefined, "read")), ["ok", "RATE_LIMITED"]);
  assert.equal(bench.refused.at(-1), "things.read anonymous");
});

test("refused credentials count for their address; whoever has the right one is let in all the same", async () => {
  const bench = limitedBench({ limits: { failedCredentials: "2 per minute" } });
  const guess = () => bench.as("bad", "read");
  assert.deepEqual(await reasons(3, guess), ["CREDENTIAL_INVALID", "CREDENTIAL_INVALID", "RATE_LIMITED"]);
  assert.equal(bench.refused[0], "things.read failed-credentials");
  assert.equal(reasonOf(await bench.as("ann", "read")), "ok");
  assert.equal(reasonOf(await bench.as("bad", "read", {}, { address: "192.0.2.9" })), "CREDENTIAL_INVALID");
  assert.equal(reasonOf(await bench.as(undefined, "post")), "CREDENTIAL_MISSING", "a call without one is no guess");
});

test("a credential that is refused later counts too, on a store that answers later", async () => {
  const verifier = { authenticate: () => Promise.reject(new Error("a defect is not the caller's")) };
  const store = fixtureStore(true);
  const limits = createLimiter({ store, instances: 1, limits: { failedCredentials: "1 per minute" } });
  const handlers = { read: async () => undefined };
  const credential = { kind: "bearer", token: "bad" } as const;
  const bench = createBench({ read: operations.read }, { handlers, limits });
  assert.deepEqual(await reasons(2, () => bench.call("read", {}, { credential, address: "192.0.2.1" })), [
    "CREDENTIAL_INVALID",
    "RATE_LIMITED",
  ]);
  const broken = createBench({ read: operations.read }, { handlers, limits, authenticator: verifier });
  assert.equal(reasonOf(await broken.call("read", {}, { credential, address: "192.0.2.1" })), "INTERNAL");
  assert.equal(store.asked.length, 2);
});

/** The ways of losing a store: known to be away, or giving no answer. */
const losses: Readonly<Record<string, (store: FixtureStore, away: boolean) => void>> = {
  "known to be away": (store, away) => {
    store.isReachable = !away;
  },
  silent: (store, away) => {
    store.silent = away;
  },
};

for (const [name, lose] of Object.entries(losses)) {
  for (const remote of [false, true]) {
    test(`a store that is ${name} (${remote ? "promised" : "at once"}): a share of the rate from nothing, and no sign-in`, async () => {
      const store = fixtureStore(remote);
      let time = 0;
      const bench = limitedBench({ store, instances: 2, now: () => time });
      const post = () => bench.as("ann", "post");
      assert.equal(reasonOf(await post()), "ok");
      lose(store, true);
      assert.equal(reasonOf(await post()), "RATE_LIMITED", "empty at the loss");
      time += 40 * second - 1;
      assert.equal(reasonOf(await post()), "RATE_LIMITED");
      time += 1;
      assert.deepEqual(
        await reasons(2, post),
        ["ok", "RATE_LIMITED"],
        "one of three a minute for each of two processes",
      );
      assert.equal(reasonOf(await bench.as(undefined, "signIn", { email: "a" })), "STORE_UNAVAILABLE");
      assert.equal(reasonOf(await bench.as("bad", "read")), "STORE_UNAVAILABLE", "refused credentials are secure");
      lose(store, false);
      assert.deepEqual(await reasons(2, post), ["ok", "ok"], "the store's own count again");
      time += 600 * second;
      lose(store, true);
      assert.equal(reasonOf(await post()), "RATE_LIMITED", "the next loss begins with nothing again");
    });
  }
}

test("without any store a process admits its share from the start, at sign-in too", async () => {
  const bench = limitedBench({ instances: 2 });
  assert.deepEqual(await reasons(2, () => bench.as("ann", "post")), ["ok", "RATE_LIMITED"]);
  assert.deepEqual(await reasons(2, () => bench.as(undefined, "signIn", { email: "a" })), ["ok", "RATE_LIMITED"]);
});

test("what a store answers wrongly is a defect, not a reason to count here", async () => {
  const store = fixtureStore();
  store.ask = () => {
    throw new TypeError("broken");
  };
  assert.equal(reasonOf(await limitedBench({ store }).as("ann", "post")), "INTERNAL");
});

test("whoever asks the store itself gets the buckets, and hands the answer back", async () => {
  const store = fixtureStore();
  const registry = createRegistry("bench", [service("things", { version: 1 }, operations)]);
  const post = registry.operations.find(({ name }) => name === "post");
  assert.ok(post !== undefined);
  const guard = createLimiter({ store, instances: 1 }).guardOf(post, "arrival");
  assert.ok(guard !== undefined);
  const call = { user: { id: "ann", roles: [], scopes: [] }, operation: post } as never; // all that a guard looks at
  const questions = guard.questions(call);
  assert.deepEqual(
    questions.map(({ key, interval, burst }) => [key, interval, burst]),
    [["things.post:u:ann", 20 * second, 3]],
  );
  const refused = [{ admitted: false, remaining: 0, retryAfter: 1, resetAfter: 1 }];
  assert.throws(() => guard.judge(call, questions, refused), { reason: "RATE_LIMITED", retryAfter: 0.001 });
  guard.judge(call, questions, [{ admitted: true, remaining: 1, retryAfter: 0, resetAfter: 1 }]);
  const spent = { admitted: true, remaining: 0, retryAfter: second, resetAfter: second };
  const both = [...questions, ...questions];
  assert.throws(
    () => guard.judge(call, both, [spent, ...refused]),
    { reason: "RATE_LIMITED" },
    "a refusal counts first",
  );
});

test("through the whole pipeline no more is admitted than the burst and the rate, whenever calls come", async () => {
  const gaps = fc.array(fc.nat(15 * second), { minLength: 1, maxLength: 40 });
  let refusals = 0;
  await fc.assert(
    fc.asyncProperty(gaps, fc.boolean(), async (pauses, remote) => {
      const store = fixtureStore(remote);
      const bench = limitedBench({ store });
      let admitted = 0;
      for (const pause of pauses) {
        store.time += pause;
        if ((await bench.as("ann", "post")).ok) admitted++;
      }
      refusals += bench.refused.length;
      assert.ok(admitted <= 3 + store.time / (20 * second), `${admitted} calls in ${store.time} µs`);
    }),
    { numRuns: 60 },
  );
  assert.ok(refusals > 50, `${refusals} calls were refused`);
});

test("what is wrong with the app's limits is told at start", () => {
  assert.deepEqual(appLimitProblems(undefined), []);
  assert.deepEqual(appLimitProblems({ overall: { free: "1 per day" }, policy: () => "free" }), []);
  const wrong = { overall: "often", anonymous: "1 per day", failedCredentials: 3, polices: {} } as never; // unchecked
  const problems = appLimitProblems(wrong).join("\n");
  assert.match(problems, /limits: overall: "often": write/);
  assert.match(problems, /limits: failed-credentials: 3: write/);
  assert.match(problems, /there is no option "polices"/);
});

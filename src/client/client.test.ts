// What a client promises on every road, against a served app.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { isFailure } from "../contract/failure.ts";
import { service } from "../contract/service.ts";
import { AppError } from "../core/app-error.ts";
import { codes } from "../core/status.ts";
import { all, clientOver, errorOf, roads, serveThings } from "./client.fixture.ts";
import { createClient } from "./create-client.ts";
import { grpcTransport } from "./grpc/grpc-transport.ts";
import { Broken, ThingNotFound, things } from "./things.fixture.ts";

for (const road of roads) {
  test(`${road}: queries and commands answer what the contract says`, async (t) => {
    const client = clientOver(t, road, await serveThings(t));
    assert.deepEqual(await client.get({ id: "a/b ü" }), { id: "a/b ü", size: 1, colour: "red" });
    assert.deepEqual(await client.make({ size: 0 }), { id: "new", size: 0 });
    assert.equal(await client.ping(), undefined);
  });

  test(`${road}: a declared failure is known by its reason, and its details are as they were thrown`, async (t) => {
    const client = clientOver(t, road, await serveThings(t));
    const error = await errorOf(client.get({ id: "none" }));
    assert.ok(isFailure(error, ThingNotFound) && !isFailure(error, Broken));
    assert.equal(error.code, "NOT_FOUND");
    assert.deepEqual(error.details, { id: "none", tried: 3, places: ["here", "there"], hint: "7" });
  });

  test(`${road}: an error of every code is the one that was thrown`, async (t) => {
    const client = clientOver(t, road, await serveThings(t), { retries: 0 });
    for (const code of codes) {
      const error = await errorOf(client.fail({ code, retryAfter: 2 }));
      const told = { code, reason: `TOLD_${code}`, message: `Told to: ${code}`, retryAfter: 2 };
      const { reason, message, retryAfter } = error;
      assert.deepEqual({ code: error.code, reason, message, retryAfter }, told);
      assert.equal(error.violations?.length, code === "INVALID_ARGUMENT" ? 1 : undefined);
    }
  });

  test(`${road}: an input that breaks the contract is refused with all violations`, async (t) => {
    const served = await serveThings(t);
    const client = clientOver(t, road, served);
    const paths = async (input: unknown) =>
      (await errorOf(client.make(input as never))).violations?.map(({ path, rule }) => `${path} ${rule}`);
    assert.deepEqual(await paths({ size: -1, tags: ["toolong"] }), ["size too_small", "tags[0] too_long"]);
    assert.deepEqual(await paths({ size: "1", more: true }), ["more unknown_field", "size wrong_type"]);
    assert.equal(served.calls.length, 0);
  });

  test(`${road}: a call ends with CANCELLED when its caller aborts it, before or amid`, async (t) => {
    const client = clientOver(t, road, await serveThings(t));
    assert.equal((await errorOf(client.wait({}, { signal: AbortSignal.abort() }))).reason, "CANCELLED");
    const gone = new AbortController();
    setTimeout(() => gone.abort(), 50);
    assert.equal((await errorOf(client.wait({}, { signal: gone.signal }))).reason, "CANCELLED");
    const own = new AppError({ code: "ABORTED", reason: "MINE", message: "Mine" });
    assert.equal((await errorOf(client.wait({}, { signal: AbortSignal.abort(own) }))).reason, "MINE");
  });

  test(`${road}: a call ends with DEADLINE_EXCEEDED when its time is over`, async (t) => {
    const client = clientOver(t, road, await serveThings(t));
    const begun = Date.now();
    assert.equal((await errorOf(client.wait({}, { timeout: 60 }))).reason, "DEADLINE_EXCEEDED");
    assert.ok(Date.now() - begun < 900);
  });

  test(`${road}: a token may be asked for, and is asked for once more when it has expired`, async (t) => {
    const served = await serveThings(t);
    const asked: (string | undefined)[] = [];
    const token = async ({ expired }: { expired: string | undefined }) => {
      asked.push(expired);
      return expired === undefined ? "expired" : "good";
    };
    const client = clientOver(t, road, served, { token });
    assert.equal((await client.make({ size: 2 })).size, 2);
    assert.deepEqual(asked, [undefined, "expired"]);
    const never = clientOver(t, road, served, { token: () => "expired" });
    assert.equal((await errorOf(never.make({ size: 2 }))).reason, "CREDENTIAL_EXPIRED");
    assert.equal((await errorOf(client.make({ size: 2 }, { token: "bad" }))).reason, "CREDENTIAL_INVALID");
    const nobody = clientOver(t, road, served, { token: () => undefined });
    assert.equal((await errorOf(nobody.make({ size: 2 }))).reason, "CREDENTIAL_MISSING");
    assert.equal((await errorOf(client.make({ size: 2 }, { token: "ключ" }))).reason, "CREDENTIAL_INVALID");
  });

  test(`${road}: commands of a signed-in caller carry a key of their own, others none`, async (t) => {
    const { calls, ...served } = await serveThings(t);
    const client = clientOver(t, road, served);
    await client.make({ size: 1 });
    await client.make({ size: 1 });
    await client.make({ size: 1 }, { idempotencyKey: 'mine"' });
    await clientOver(t, road, served, { token: undefined }).ping();
    const [first, second, third, fourth] = calls.map(({ idempotencyKey }) => idempotencyKey);
    assert.match(first ?? "", /^[0-9a-f]{32}$/);
    assert.notEqual(first, second);
    assert.deepEqual([third, fourth], ['mine"', undefined]);
  });

  test(`${road}: a server stream is opened by its reader, read as he asks, and left when he leaves`, async (t) => {
    const { calls, ...served } = await serveThings(t);
    const client = clientOver(t, road, served);
    const answers = client.count({ to: 3 });
    assert.equal(calls.length, 0);
    assert.deepEqual(
      (await all(answers)).map(({ n }) => n),
      [1, 2, 3],
    );
    assert.equal((await all(answers)).length, 3, "each iteration is a call");
    for await (const { n } of client.watch()) if (n === 3) break;
    const signal = calls.at(-1)?.signal;
    if (signal?.aborted === false) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  });

  test(`${road}: a stream's error comes after the answers before it; without any it is the call's`, async (t) => {
    const client = clientOver(t, road, await serveThings(t));
    const seen: number[] = [];
    const error = await errorOf(
      (async () => {
        for await (const { n } of client.count({ to: 5, failAt: 3 })) seen.push(n);
      })(),
    );
    assert.ok(isFailure(error, Broken));
    assert.deepEqual(seen, [1, 2]);
    assert.ok(isFailure(await errorOf(all(client.count({ to: 5, failAt: 1 }))), Broken));
    const nobody = client.watch({}, { token: "bad" });
    assert.equal((await errorOf(all(nobody))).reason, "CREDENTIAL_INVALID");
    assert.equal((await errorOf(all(client.watch({}, { timeout: 100 })))).reason, "DEADLINE_EXCEEDED");
    const gone = new AbortController();
    setTimeout(() => gone.abort(), 50);
    assert.equal((await errorOf(all(client.watch({}, { signal: gone.signal })))).reason, "CANCELLED");
  });

  test(`${road}: a client stream sends its items and gets one answer`, async (t) => {
    const client = clientOver(t, road, await serveThings(t));
    assert.deepEqual(await client.sum({ name: "a b" }, [{ n: 1 }, { n: 2 }]), { name: "a b", sum: 3 });
    async function* later() {
      for (let n = 1; n <= 100; n++) yield { n };
    }
    assert.equal((await client.sum({ name: "x" }, later())).sum, 5050);
    assert.equal((await client.sum({ name: "x" }, [])).sum, 0);
    const wrong = await errorOf(client.sum({ name: "x" }, [{ n: 1 }, { n: 101 }]));
    assert.deepEqual(
      wrong.violations?.map(({ path, rule }) => `${path} ${rule}`),
      ["items[1].n too_large"],
    );
    const unsent = await errorOf(client.sum({ name: "x" }, [{ n: 1 }, { n: "2" } as never]));
    assert.deepEqual(
      unsent.violations?.map(({ path, rule }) => `${path} ${rule}`),
      ["items[1].n wrong_type"],
    );
  });

  test(`${road}: what the items throw is what the caller gets, and a refusal leaves them`, async (t) => {
    const client = clientOver(t, road, await serveThings(t));
    const own = new Error("no more disk");
    async function* failing() {
      yield { n: 1 };
      throw own;
    }
    await assert.rejects(client.sum({ name: "x" }, failing()), own);
    const left = Promise.withResolvers<void>();
    async function* endless() {
      try {
        for (;;) {
          yield { n: 1 };
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        left.resolve();
      }
    }
    assert.ok(isFailure(await errorOf(client.sum({ name: "x", refuse: true }, endless())), Broken));
    await left.promise;
  });

  test(`${road}: in a bidi stream both sides send, each in its time`, async (t) => {
    const client = clientOver(t, road, await serveThings(t));
    let told: (text: string) => void = () => undefined;
    async function* turns() {
      for (const text of ["one", "two"]) {
        const heard = new Promise<string>((resolve) => {
          told = resolve;
        });
        yield { text };
        assert.equal(await heard, text);
      }
    }
    const texts: string[] = [];
    for await (const { text } of client.echo({ greeting: "hi" }, turns())) {
      texts.push(text);
      if (text !== "hi") told(text);
    }
    assert.deepEqual(texts, ["hi", "one", "two"]);
    const broken = all(client.echo({}, [{ text: "a" }, { text: "break" }]));
    assert.ok(isFailure(await errorOf(broken), Broken));
    assert.deepEqual(await all(client.echo({}, [{ text: "bye" }, { text: "never" }])), []);
    assert.equal((await errorOf(all(client.echo({}, [], { token: "bad" })))).reason, "CREDENTIAL_INVALID");
  });

  test(`${road}: leaving a bidi stream leaves its items`, async (t) => {
    const client = clientOver(t, road, await serveThings(t));
    const left = Promise.withResolvers<void>();
    async function* endless() {
      try {
        for (;;) yield { text: "again" };
      } finally {
        left.resolve();
      }
    }
    let count = 0;
    for await (const _ of client.echo({}, endless())) if (++count === 50) break;
    await left.promise;
  });

  test(`${road}: a token that has expired is had anew before any item is taken`, async (t) => {
    const client = clientOver(t, road, await serveThings(t), {
      token: ({ expired }) => (expired === undefined ? "expired" : "good"),
    });
    assert.deepEqual(await all(client.echo({}, [{ text: "a" }])), [{ text: "a" }]);
    for await (const { n } of client.watch()) if (n === 2) break;
  });
}

test("a transport that was closed takes no more calls", async (t) => {
  const served = await serveThings(t);
  const transport = grpcTransport({ address: served.grpc, app: "bench" });
  const client = createClient({ things }, { transport }).things;
  assert.equal((await client.get({ id: "a" })).id, "a");
  transport.close();
  assert.equal((await errorOf(client.get({ id: "a" }))).reason, "CANCELLED");
  assert.equal((await errorOf(all(client.count({ to: 1 })))).reason, "CANCELLED");
});

test("what cannot become a client is told at once, all of it", () => {
  const wrong = service("Wrong", { version: 0 }, {});
  const problems = /use a camelCase name[\s\S]*version must be 1/;
  assert.throws(() => createClient({ wrong }, { url: "http://127.0.0.1:1" }), problems);
  assert.throws(() => createClient({ things }, { url: "/api" }), /url "\/api": expected an address/);
  assert.throws(() => grpcTransport({ address: "127.0.0.1:1" }), /app: say the name/);
  assert.throws(() => grpcTransport({ address: "127.0.0.1:1", app: "bench", lock: "{" }), /not valid JSON/);
});

test("answers of a later version of the contract pass: fields and values that the client does not know", async (t) => {
  const server = createServer((_, response) => response.end('{"id":"a","size":1.5,"colour":"blue","more":[1]}'));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server's address
  const client = createClient({ things }, { url }).things;
  assert.deepEqual(await client.get({ id: "a" }), { id: "a", size: 1.5, colour: "blue", more: [1] });
});

test("a proxy's page is an error by its status, on streams too", async (t) => {
  const server = createServer((_, response) => response.writeHead(502).end("<html>Bad gateway</html>"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // as above
  const client = createClient({ things }, { url, retries: 1 }).things;
  for (const call of [
    () => client.get({ id: "a" }),
    () => all(client.count({ to: 1 })),
    () => client.sum({ name: "x" }, [{ n: 1 }]),
  ]) {
    const { code, reason } = await errorOf(call());
    assert.deepEqual([code, reason], ["UNAVAILABLE", "HTTP_502"]);
  }
});

// Two versions of a service side by side in one app: both are served on every road, and the old one says so.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createApp, implement } from "trivium";
import { query, service, z } from "trivium/contract";
import { createTestApp } from "trivium/testing";
import { generatedFiles } from "../src/app/generated.ts";
import type { Operation } from "../src/contract/operation.ts";
import type { Caller } from "../src/pipeline/call.ts";
import { openRoads } from "./parity/roads.ts";

const read = {
  summary: "Read a price",
  http: "GET /prices/{id}",
  input: { id: z.string() },
  access: "public",
} as const;
const deprecated = { since: "2026-01-01", sunset: "2027-01-01", use: "prices.v2.read" };
const first = service(
  "prices",
  { version: 1 },
  { read: query({ ...read, output: z.object({ price: z.number() }), deprecated }) },
);
const second = service(
  "prices",
  { version: 2 },
  { read: query({ ...read, output: z.object({ amount: z.string(), currency: z.string() }) }) },
);
const app = createApp({
  name: "shop",
  services: [
    implement(first, { read: async () => ({ price: 1.5 }) }),
    implement(second, { read: async () => ({ amount: "1.50", currency: "EUR" }) }),
  ],
});

test("both versions answer on HTTP, gRPC and the command line, each in its own shape", async (t) => {
  const shop = await createTestApp(app, { storage: "memory" });
  t.after(() => shop.close());
  const caller: Caller = {
    async run({ operation, input }) {
      return { ok: true, requestId: "1", value: await shop.call(operation.contract as Operation, input as never) };
    },
  };
  const roads = await openRoads(app, caller);
  t.after(() => roads.close());
  const operation = (id: string) => app.registry.operations.find((each) => each.id === id) ?? assert.fail(id);
  for (const road of [roads.http, roads.grpc, roads.cli]) {
    const old = await road(operation("prices.read"), { id: "tea" }, undefined);
    assert.deepEqual(old?.value, { price: 1.5 });
    const next = await road(operation("prices.v2.read"), { id: "tea" }, undefined);
    assert.deepEqual(next?.value, { amount: "1.50", currency: "EUR" });
  }
  const url = new URL("/v1/prices/tea", roads.url);
  assert.ok((await fetch(url)).headers.get("deprecation"), "over HTTP the answer says so");
  assert.equal((await fetch(url)).headers.get("sunset"), "Fri, 01 Jan 2027 00:00:00 GMT");
});

test("the old version is deprecated in OpenAPI and in its .proto; the new one is not", () => {
  const files = generatedFiles(app);
  const paths = JSON.parse(files.get("openapi.json") ?? "").paths;
  assert.equal(paths["/v1/prices/{id}"].get.deprecated, true);
  assert.equal(paths["/v2/prices/{id}"].get.deprecated, undefined);
  const proto = (version: number) =>
    [...files].find(([name]) => name.endsWith(".proto") && name.includes(`v${version}`))?.[1];
  assert.match(proto(1) ?? "", /option deprecated = true;/);
  assert.doesNotMatch(proto(2) ?? "", /deprecated/);
});

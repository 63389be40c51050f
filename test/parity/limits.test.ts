// A limited operation over the three roads: one bucket for all of them, and the same news in each road's own form.

import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { command, service, z } from "../../src/contract/index.ts";
import { createRegistry } from "../../src/contract/registry.ts";
import type { Problem } from "../../src/core/problem.ts";
import { createLimiter } from "../../src/limits/limiter.ts";
import { type FixtureStore, fixtureStore } from "../../src/limits/store.fixture.ts";
import { testAuthenticator } from "../../src/pipeline/pipeline.fixture.ts";
import { createPipeline, type Pipeline } from "../../src/pipeline/pipeline.ts";
import { createProgram } from "../../src/transports/cli/program.ts";
import { createCodecs } from "../../src/transports/grpc/codec.ts";
import { errorFromStatus } from "../../src/transports/grpc/error-map.ts";
import { createGrpcSchema } from "../../src/transports/grpc/schema/schema.ts";
import { createGrpcServer } from "../../src/transports/grpc/server.ts";
import { createHttpServer } from "../../src/transports/http/server.ts";

const second = 1_000_000;
const token = "ann";

const notes = service(
  "notes",
  { version: 1 },
  {
    post: command({
      summary: "Post",
      http: "POST /notes",
      input: { body: z.string() },
      output: z.object({ body: z.string() }),
      access: "user",
      limit: { rate: "6 per minute", burst: 3 },
    }),
  },
);
const registry = createRegistry("limited", [notes]);
const [operation] = registry.operations;
assert.ok(operation !== undefined);

/** What a caller learns; `said` is what the road tells of limits, by header or metadata. */
interface Seen {
  readonly value?: unknown;
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  readonly retryAfter?: number | undefined;
  readonly details?: unknown;
  readonly said?: { readonly rateLimit: unknown; readonly policy: unknown };
}

type Road = (input: { body: string }) => Promise<Seen>;

function pipelineOver(store: FixtureStore): Pipeline {
  return createPipeline(
    registry.operations.map((each) => ({
      operation: each,
      executor: { authorize: undefined, execute: async (call, checked) => checked(call.input) },
      middleware: [],
    })),
    {
      telemetry: { start: () => ({ run: (rest) => rest(), end: () => undefined }), message: () => undefined },
      admission: { enter: () => undefined, leave: () => undefined },
      authenticator: testAuthenticator,
      limits: createLimiter({ store, instances: 1, limits: { overall: "100 per minute" } }),
      times: { defaultTimeout: 5_000, maxTimeout: 5_000 },
    },
  );
}

async function openRoads(
  caller: Pipeline,
): Promise<{ roads: Record<"http" | "grpc" | "cli", Road>; close(): Promise<void> }> {
  const host = "127.0.0.1";
  const cors = { origins: "*" } as const;
  const http = await createHttpServer({
    registry,
    caller,
    host,
    port: 0,
    info: { title: "Limited", version: "1" },
    cors,
  });
  const health = { report: async () => ({ ready: true }), onChange: () => () => undefined };
  const grpc = createGrpcServer({ registry, caller, host, port: 0, health });
  const [url, address] = [await http.listen(), await grpc.listen()];
  const client = new Client(address, credentials.createInsecure());
  return {
    roads: {
      http: (input) => overHttp(url, input),
      grpc: (input) => overGrpc(client, input),
      cli: (input) => overCli(caller, input),
    },
    async close() {
      client.close();
      await Promise.all([http.close(0), grpc.close(0)]);
    },
  };
}

async function overHttp(url: string, input: unknown): Promise<Seen> {
  const response = await fetch(`${url}/v1/notes`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${token}`,
      origin: "https://app.example.com",
    },
    body: JSON.stringify(input),
  });
  const body = (await response.json()) as Partial<Problem>; // an answer, or what every error is
  const { headers } = response;
  const said = { rateLimit: headers.get("ratelimit"), policy: headers.get("ratelimit-policy") };
  const exposed = headers.get("access-control-expose-headers") ?? "";
  for (const name of ["ratelimit", "ratelimit-policy", "retry-after"]) assert.ok(exposed.split(", ").includes(name));
  if (response.ok) return { value: body, said };
  assert.equal(response.status, body.reason === "RATE_LIMITED" ? 429 : 400);
  assert.equal(headers.get("retry-after"), body.retryAfter === undefined ? null : String(Math.ceil(body.retryAfter)));
  const { code, reason, retryAfter, details } = body;
  return { code, reason, retryAfter, details, said };
}

function overGrpc(client: Client, input: unknown): Promise<Seen> {
  const codecs = createCodecs();
  const [method] = createGrpcSchema(registry).methods;
  assert.ok(method !== undefined);
  const sent = new Metadata();
  sent.set("authorization", `Bearer ${token}`);
  const saidIn = (metadata: Metadata) => ({
    rateLimit: metadata.get("ratelimit")[0],
    policy: metadata.get("ratelimit-policy")[0],
  });
  return new Promise((resolve) => {
    let said: Seen["said"];
    const done = (error: ServiceError | null, value: unknown): void => {
      if (error === null) resolve({ value, ...(said && { said }) });
      else {
        const { code, reason, retryAfter, details } = errorFromStatus(error);
        resolve({ code, reason, retryAfter, details, said: saidIn(error.metadata) });
      }
    };
    const { input: request, output: answer } = method.method;
    client
      .makeUnaryRequest(
        method.path,
        (value: unknown) => codecs(request).encode(value),
        (bytes: Buffer) => codecs(answer).decode(bytes),
        input,
        sent,
        done,
      )
      .on("metadata", (metadata: Metadata) => {
        said = saidIn(metadata);
      });
  });
}

async function runProgram(caller: Pipeline, ...args: string[]): Promise<{ exit: number; out: string; err: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const program = createProgram({
    registry,
    version: "1",
    open: async () => ({ caller, close: async () => undefined }),
    env: {},
    stdin: new PassThrough().end(),
    stdout,
    stderr,
    isTerminal: false,
    commands: [],
  });
  const exit = await program.run(["notes", "post", "--token", token, ...args]);
  stdout.end();
  stderr.end();
  return { exit, out: await text(stdout), err: await text(stderr) };
}

async function overCli(caller: Pipeline, { body }: { body: string }): Promise<Seen> {
  const { exit, out, err } = await runProgram(caller, "--json", "--body", body);
  if (exit === 0) return { value: JSON.parse(out) };
  assert.equal(exit, 8);
  const { code, reason, retryAfter, details } = JSON.parse(err) as Problem; // what every error is with --json
  return { code, reason, retryAfter, details };
}

const policy = '"notes.post";q=6;w=60, "overall";q=100;w=60';

test("the roads share one bucket, and say of it the same", async (t) => {
  const store = fixtureStore(true);
  const caller = pipelineOver(store);
  const { roads, close } = await openRoads(caller);
  t.after(close);
  const said = (remaining: number, reset: number) => ({ rateLimit: `"notes.post";r=${remaining};t=${reset}`, policy });
  assert.deepEqual(await roads.http({ body: "1" }), { value: { body: "1" }, said: said(2, 10) });
  assert.deepEqual(await roads.grpc({ body: "2" }), { value: { body: "2" }, said: said(1, 20) });
  assert.deepEqual(await roads.cli({ body: "3" }), { value: { body: "3" } });
  store.time += 1.5 * second;
  const refused = {
    code: "RESOURCE_EXHAUSTED",
    reason: "RATE_LIMITED",
    retryAfter: 8.5,
    details: { limit: "notes.post" },
  };
  assert.deepEqual(await roads.http({ body: "4" }), { ...refused, said: said(0, 29) });
  assert.deepEqual(await roads.grpc({ body: "4" }), { ...refused, said: said(0, 29) });
  assert.deepEqual(await roads.cli({ body: "4" }), refused);
  const { exit, err } = await runProgram(caller, "--body", "4");
  assert.equal(exit, 8);
  assert.match(err, /^error: There were too many calls in a short time \(RATE_LIMITED\)$/m);
  assert.match(err, /^hint: Retry in 9 s\.$/m);
  store.time += 8.5 * second;
  assert.deepEqual(await roads.cli({ body: "5" }), { value: { body: "5" } });
});

test("a refusal costs the other limits nothing, and a call that fails later is told what is left too", async (t) => {
  const store = fixtureStore();
  const caller = pipelineOver(store);
  const { roads, close } = await openRoads(caller);
  t.after(close);
  const credential = { kind: "bearer", token } as const;
  const invalid = { body: 1 } as never; // a number where the contract has a text
  const { reason, said } = await roads.http(invalid);
  assert.deepEqual([reason, said], ["VALIDATION_FAILED", { rateLimit: '"notes.post";r=2;t=10', policy }]);
  for (let n = 0; n < 120; n++) await caller.run({ operation, road: "internal", input: { body: "x" }, credential });
  store.time += 10 * second;
  assert.deepEqual(await roads.grpc({ body: "x" }), {
    value: { body: "x" },
    said: { rateLimit: '"notes.post";r=0;t=30', policy },
  });
});

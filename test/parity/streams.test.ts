// One definition serves streams alike on three roads, and both clients tell the same of every operation: every operation
// of the reference service, generated inputs and items.

import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { after, test } from "node:test";
import fc from "fast-check";
import { createClient } from "trivium/client";
import { grpcTransport } from "trivium/client/grpc";
import { accounts } from "../../reference/accounts/contract.ts";
import app from "../../reference/app.ts";
import { channels } from "../../reference/channels/contract.ts";
import { messages } from "../../reference/messages/contract.ts";
import { statistics } from "../../reference/statistics/contract.ts";
import { isStream, sendsMany, takesMany } from "../../src/contract/operation.ts";
import type { RegisteredOperation } from "../../src/contract/registry.ts";
import { AppError } from "../../src/core/app-error.ts";
import { errorFromProblem } from "../../src/core/problem.ts";
import { inputParser } from "../../src/pipeline/steps/validate.ts";
import { commandPath } from "../../src/transports/cli/command-tree.ts";
import { createProgram } from "../../src/transports/cli/program.ts";
import { createGrpcServer } from "../../src/transports/grpc/server.ts";
import { createHttpServer } from "../../src/transports/http/server.ts";
import { inputsOf, itemsOf, unknownField } from "./arbitrary.ts";
import { mirrorPipeline, plantedSecret } from "./mirror.ts";

const { registry } = app;
const pipeline = mirrorPipeline(app);
const served = { registry, caller: pipeline, host: "127.0.0.1", port: 0 };
const http = await createHttpServer({ ...served, info: { title: "parity", version: "1" } });
const health = { report: async () => ({ ready: true }), onChange: () => () => undefined };
const grpc = createGrpcServer({ ...served, health });
const [url, address] = [await http.listen(), await grpc.listen()];
const transport = grpcTransport({ app: registry.app, address });
after(async () => {
  transport.close();
  await Promise.all([http.close(0), grpc.close(0)]);
});

type Fields = Record<string, unknown>;
/** What a caller learns: all answers, and how it ended. */
interface Told {
  readonly answers: readonly unknown[];
  readonly error: Fields | undefined;
}
type Road = (
  operation: RegisteredOperation,
  input: Fields,
  items: readonly Fields[],
  token: string | undefined,
) => Promise<Told>;

const contracts = { accounts, channels, messages, statistics };
const runs = Number(process.env.PARITY_RUNS ?? 60);
const tokens = fc.oneof(
  { weight: 8, arbitrary: fc.constant("good-token") },
  { weight: 1, arbitrary: fc.constantFrom(undefined, "bad") },
);

/** Over a client: the operation by its name, as a source without types would call it. */
function overClient(make: (token: string | undefined) => unknown): Road {
  return async ({ contract, service, name }, input, items, token) => {
    const client = make(token) as Record<string, Record<string, (...args: unknown[]) => unknown>>;
    const answers: unknown[] = [];
    const args = takesMany(contract) ? [input, items] : [input];
    try {
      const result = client[service.name]?.[name]?.(...args, { retries: 0, resume: false });
      if (sendsMany(contract)) for await (const answer of result as AsyncIterable<unknown>) answers.push(answer);
      else answers.push(await result);
      return { answers, error: undefined };
    } catch (error) {
      return { answers, error: comparable(error) };
    }
  };
}

const roads: Readonly<Record<string, Road>> = {
  "HTTP client": overClient((token) => createClient(contracts, { url, token })),
  "gRPC client": overClient((token) => createClient(contracts, { transport, token })),
};

const commandLine: Road = async (operation, input, items, token) => {
  const answers: unknown[] = [];
  let [out, err] = ["", ""];
  const stdin = new PassThrough().end(items.map((item) => `${JSON.stringify(item)}\n`).join(""));
  const sink = (take: (text: string) => void) => ({
    write(text: string, done?: (error?: Error | null) => void) {
      take(text);
      done?.();
    },
  });
  const program = createProgram({
    registry,
    version: "1",
    open: async () => ({ caller: pipeline, close: async () => undefined }),
    env: {},
    stdin,
    stdout: sink((text) => {
      out += text;
    }),
    stderr: sink((text) => {
      err += text;
    }),
    isTerminal: false,
    commands: [],
  });
  const args = [...commandPath(operation), "--json", `--input=${JSON.stringify(input)}`];
  const exit = await program.run(token === undefined ? args : [...args, "--token", token]);
  for (const line of out.split("\n").filter(Boolean)) answers.push(JSON.parse(line));
  return { answers, error: exit === 0 ? undefined : comparable(errorFromProblem(500, JSON.parse(err))) };
};

/** An error in the form that every road can carry: gRPC has details as text. */
function comparable(error: unknown): Fields {
  assert.ok(error instanceof AppError, String(error));
  const { code, reason, message, details = {}, violations = [] } = error;
  assert.ok(!JSON.stringify({ message, details, violations }).includes(plantedSecret), "a secret left the process");
  return {
    ...{ code, reason, message },
    details: Object.fromEntries(
      Object.entries(details).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
    ),
    violations: violations.map(({ path, rule }) => `${path} ${rule}`).toSorted(),
  };
}

for (const operation of registry.operations) {
  const { contract } = operation;
  const all = isStream(contract) ? { ...roads, "command line": commandLine } : roads;
  test(`${operation.id}: ${Object.keys(all).join(", ")} tell the same`, async () => {
    const ends = new Set<unknown>();
    // Of some operations hardly any input that is made up is a good one.
    const good = fc.constant({ ...contract.example });
    const inputs = fc.oneof({ weight: 6, arbitrary: inputsOf(contract) }, { weight: 1, arbitrary: good });
    await fc.assert(
      fc.asyncProperty(inputs, itemsOf(contract), tokens, async (input, items, token) => {
        // gRPC has no form for a field that nobody knows, or for a text that is no time.
        fc.pre(![input, ...items].some((fields) => unknownField in fields) && hasTimes(operation, input));
        // What no request can carry a client tells by itself, without having shown who calls.
        fc.pre(token === "good-token" || isGood(operation, input));
        const [first, ...others] = await Promise.all(
          Object.values(all).map((road) => road(operation, input, items, token)),
        );
        ends.add(first?.error?.reason ?? "ok");
        for (const other of others) assert.deepEqual(other, first);
      }),
      { numRuns: runs, ...(process.env.PARITY_SEED === undefined ? {} : { seed: Number(process.env.PARITY_SEED) }) },
    );
    assert.ok(ends.size >= 2, `only ${[...ends].join()}`);
  });
}

function isGood(operation: RegisteredOperation, input: Fields): boolean {
  try {
    inputParser(operation)(input);
    return true;
  } catch {
    return false;
  }
}

function hasTimes({ contract }: RegisteredOperation, input: Fields): boolean {
  return Object.entries(input).every(
    ([name, value]) => !/^(from|to)$/.test(name) || contract.input.shape[name]?.safeParse(value).success === true,
  );
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { event, stream } from "../contract/event.ts";
import { command } from "../contract/kinds/command.ts";
import { query } from "../contract/kinds/query.ts";
import { model } from "../contract/model.ts";
import { service } from "../contract/service.ts";
import { table } from "../repository/table.ts";
import { consumer, on } from "../service/consumers/consumer.ts";
import { implement } from "../service/implement.ts";
import { type AppDefinition, createApp } from "./app.ts";
import { appProblems, assertSound } from "./problems.ts";

const Thing = model("Thing", { id: z.uuid(), name: z.string() });
const Happened = event("thing.happened", { stream: stream("thing"), key: (thing) => thing.id, data: Thing });
const things = service(
  "things",
  { version: 1 },
  {
    // HTTP: an object has no place in a query string. gRPC: a list is no message. Command line: a reserved flag.
    find: query({
      summary: "Find",
      http: "GET /things",
      input: { by: z.object({ name: z.string() }) },
      output: z.array(Thing),
      access: "public",
    }),
    make: command({ summary: "Make", http: "POST /make", input: { token: z.string() }, access: "public" }),
    lose: query({ summary: "Lose", http: "DELETE /things", access: "public" }),
  },
);

test("everything that is wrong with an app is listed at once, whoever finds it", () => {
  const app = createApp({
    name: "broken",
    services: [implement(things, { find: async () => [], make: async () => undefined, lose: async () => undefined })],
    consumers: [
      consumer("Bad Name", { stream: stream("other"), handle: [on(Happened, async () => undefined)] }),
      consumer("idle", { stream: stream("other"), handle: [] }),
    ],
    tables: [table(Thing, { name: "Things" })],
  });
  const problems = appProblems(app);
  for (const expected of [
    /things\.lose: a query is served by GET/,
    /things\.find.*query parameter "by"/,
    /things\.find output/,
    /things\.make.*token/,
    /consumer "Bad Name": use a kebab-case name/,
    /consumer "Bad Name": thing\.happened is not an event of the stream "other"/,
    /consumer "idle": it handles no event/,
    /Things/,
  ]) {
    assert.ok(
      problems.some((problem) => expected.test(problem)),
      `${expected} in\n${problems.join("\n")}`,
    );
  }
  assert.throws(() => assertSound(app), { name: "SetupError", problems });
});

test("what createApp is given in the place of something else is told, not a crash", () => {
  const definition = {
    name: "broken",
    services: [things, implement(things, { find: async () => [], make: async () => undefined } as never), undefined],
    migrations: "./migrations/",
    lock: "./contract.lock.json",
  };
  // The cast stands for a source that was run without a type check.
  const problems = appProblems(createApp(definition as unknown as AppDefinition));
  for (const expected of [
    "services[0] is not an implementation: give what implement(contract, handlers) returns",
    "services[2] is not an implementation: give what implement(contract, handlers) returns",
    "things.lose: it has no handler",
    'migrations: give it as a URL, such as new URL("./migrations/", import.meta.url)',
    'lock: give it as a URL, such as new URL("./contract.lock.json", import.meta.url)',
  ]) {
    assert.ok(problems.includes(expected), `${expected} in\n${problems.join("\n")}`);
  }
});

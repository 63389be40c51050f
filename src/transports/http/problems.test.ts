import assert from "node:assert/strict";
import { test } from "node:test";
import { command, query, service, z } from "../../contract/index.ts";
import { createRegistry } from "../../contract/registry.ts";
import { SetupError } from "../../core/setup-error.ts";
import { createNotesApp, createNotesServer } from "./notes.fixture.ts";
import { problems } from "./problems.ts";

test("inputs that path or query cannot hold are all found at start", () => {
  const registry = createRegistry("app", [
    service(
      "things",
      { version: 1 },
      {
        find: query({
          summary: "Find",
          http: "GET /things/{ids}/{part}",
          input: {
            ids: z.array(z.string()),
            part: z.string().optional(),
            filter: z.object({ a: z.string() }),
            map: z.record(z.string(), z.int()),
            fine: z.int(),
          },
          access: "public",
        }),
        make: command({
          summary: "Make",
          http: "POST /things/{id}",
          input: { id: z.object({}), filter: z.object({ a: z.string() }) },
          access: "public",
        }),
      },
    ),
  ]);
  assert.deepEqual(
    problems(registry).map((problem) => problem.replace(/" .*/, '"')),
    [
      'things.find: the path parameter "ids"',
      'things.find: the path parameter "part"',
      'things.find: the query parameter "filter"',
      'things.find: the query parameter "map"',
      'things.make: the path parameter "id"',
    ],
  );
});

test("a location, a route or a date that cannot be answered is found at start", async () => {
  const registry = createRegistry("app", [
    service(
      "things",
      { version: 1 },
      {
        make: command({
          summary: "Make",
          http: { route: "POST /things", status: 201, location: "/things/{id}/{name}" },
          output: z.object({ id: z.string() }),
          access: "public",
          deprecated: { since: "soon", sunset: "2026-13-01" },
        }),
      },
    ),
  ]);
  assert.deepEqual(problems(registry), [
    "things.make: the location names {name}, which is not a field of the output",
    'things.make: deprecated.since "soon" is no date: write 2026-11-22',
    'things.make: deprecated.sunset "2026-13-01" is no date: write 2026-11-22',
  ]);
  await assert.rejects(createNotesServer({ ...createNotesApp(), registry }), SetupError);
});

test("an app without problems has none", () => {
  assert.deepEqual(problems(createNotesApp().registry), []);
});

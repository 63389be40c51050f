import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { event, stream } from "./event.ts";
import { failure } from "./failure.ts";
import { command } from "./kinds/command.ts";
import { query } from "./kinds/query.ts";
import { model } from "./model.ts";
import type { Operation } from "./operation.ts";
import { createRegistry } from "./registry.ts";
import { fillPath } from "./route.ts";
import { sensitive } from "./schema.ts";
import { service } from "./service.ts";

const read = () => query({ summary: "Read", http: "GET /things/{id}", input: { id: z.uuid() }, access: "public" });
const problemsOf = (operations: Record<string, Operation>, name = "things") =>
  createRegistry("app", [service(name, { version: 1 }, operations)]).problems;

test("operations are registered with their id and their route under the service's version", () => {
  const registry = createRegistry("app", [
    service("things", { version: 1 }, { read: read() }),
    service("things", { version: 2 }, { read: read() }),
  ]);
  assert.deepEqual(registry.problems, []);
  assert.deepEqual(
    registry.operations.map(({ id, route }) => [id, route.method, route.path, route.params, route.status]),
    [
      ["things.read", "GET", "/v1/things/{id}", ["id"], 204],
      ["things.v2.read", "GET", "/v2/things/{id}", ["id"], 204],
    ],
  );
});

test("all problems of an app are listed at once", () => {
  const twice = read();
  const broken = {
    a: query({ summary: "A", http: "POST /a", access: "public" }),
    b: command({ summary: "B", http: "GET /b", access: "public" }),
    c: query({ summary: "C", http: "get things", access: "public" }),
    d: query({ summary: "D", http: "GET /d/{missing}", access: "public" }),
    e: { ...read(), http: "GET /e", input: z.strictObject({}), access: undefined } as unknown as Operation,
    f: command({ summary: "F", http: "PUT /f", access: "public", versioned: true }),
    g: command({ summary: "G", http: { route: "POST /g", status: 201 }, access: [] }),
    Wrong: twice,
    twice,
    h: query({
      summary: "H",
      http: "GET /h",
      access: "public",
      example: { no: 1 },
      failures: [
        failure("VALIDATION_FAILED", { code: "ABORTED", message: "Taken" }),
        failure("lower", { code: "ABORTED", message: "x" }),
      ],
    }),
  };
  const problems = problemsOf(broken);
  for (const expected of [
    /things\.a: a query is served by GET/,
    /things\.b: a command cannot be served by GET/,
    /things\.c: http "get things": write "METHOD \/path\/\{param\}"/,
    /things\.d: the path names \{missing\}/,
    /things\.e: no access is declared/,
    /things\.f: versioned, but the input has no field `version`/,
    /things\.g: without an output the status is 204/,
    /things\.g: the list of access rules is empty/,
    /things\.Wrong: use a camelCase name/,
    /things\.twice: the same contract object as things\.Wrong/,
    /things\.h: the example is not a valid input/,
    /things\.h: failure "VALIDATION_FAILED" is a reason of the foundation/,
    /things\.h: failure "lower": use a SCREAMING_SNAKE name/,
  ]) {
    assert.ok(
      problems.some((problem) => expected.test(problem)),
      `${expected} in\n${problems.join("\n")}`,
    );
  }
});

test("two operations cannot share a route, whatever their parameters are called", () => {
  const other = query({ summary: "Read", http: "GET /things/{name}", input: { name: z.string() }, access: "public" });
  assert.deepEqual(problemsOf({ read: read(), other }), [
    "things.other: the same route as things.read: GET /v1/things/{name}",
  ]);
});

test("one name has one declaration: failures, events, streams and models", () => {
  const declare = () => {
    const made = stream("made");
    return command({
      summary: "Make",
      http: "POST /make",
      output: model("Thing", { id: z.string() }),
      access: "public",
      failures: [failure("FULL", { code: "ABORTED", message: "Full" })],
      emits: [event("thing.made", { stream: made, key: () => "k", data: z.object({}) })],
    });
  };
  const problems = problemsOf({ a: declare(), b: { ...declare(), http: "POST /b" } });
  for (const name of ['failure "FULL"', 'event "thing.made"', 'stream "made"', 'model "Thing"']) {
    assert.ok(
      problems.some((problem) => problem.startsWith(`${name} is declared twice`)),
      name,
    );
  }
});

test("a name that no road could carry is refused", () => {
  assert.match(problemsOf({}, "Bad Name").join(), /use a camelCase name/);
  assert.match(createRegistry("Bad App", []).problems.join(), /app name "Bad App"/);
});

test("path parameters are percent-encoded", () => {
  assert.equal(fillPath("/a/{x}/b/{y}", { x: "1/2 ü", y: 3 }), "/a/1%2F2%20%C3%BC/b/3");
});

test("what only types forbid is told by the operation's name too, for sources that run unchecked", () => {
  const problems = problemsOf({
    // Each cast stands for a source that was run without a type check.
    plain: { ...read(), output: { n: z.int() } } as unknown as Operation,
    typo: { ...read(), http: "GET /typo/{id}", access: "users" } as unknown as Operation,
    listed: { ...read(), http: "GET /listed/{id}", access: ["user", { rôle: "admin" }] } as unknown as Operation,
    empty: { ...read(), http: "GET /empty/{id}", access: { role: "" } },
  });
  assert.deepEqual(problems, [
    "things.plain: the output is not a schema: write z.object({ … }) or a model",
    'things.typo: access "users": say "public", "user", { role } or { scope }',
    'things.listed: access {"rôle":"admin"}: say "public", "user", { role } or { scope }',
    'things.empty: access {"role":""}: say "public", "user", { role } or { scope }',
  ]);
});

test("an idempotency key that nobody could give cannot be required", () => {
  const make = (path: string, more: object): Operation =>
    // Stands for a source that was run without a type check.
    ({ ...command({ summary: "Make", http: `POST /${path}`, access: "user" }), ...more }) as unknown as Operation;
  const problems = problemsOf({
    fine: make("fine", { idempotency: "required" }),
    open: make("open", { idempotency: "required", access: ["public", "user"] }),
    secret: make("secret", { idempotency: "required", output: z.object({ token: sensitive(z.string()) }) }),
    typo: make("typo", { idempotency: "requird" }),
  });
  assert.deepEqual(problems, [
    "things.open: idempotency: a key belongs to a user, so that it cannot be required of anybody",
    "things.secret: idempotency: the output has sensitive fields, so no key is taken",
    'things.typo: idempotency: say "required" or "none"',
  ]);
});

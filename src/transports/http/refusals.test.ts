import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { command } from "../../contract/kinds/command.ts";
import { query } from "../../contract/kinds/query.ts";
import { createRegistry } from "../../contract/registry.ts";
import { service } from "../../contract/service.ts";
import { createNotesApp } from "./notes.fixture.ts";
import { allowFinder, errorFromParser } from "./refusals.ts";
import { createHttpServer } from "./server.ts";

test("the methods of a path are those of every route that matches it", () => {
  const allowOf = allowFinder(createNotesApp().registry.operations, ["/openapi.json"]);
  assert.equal(allowOf("/v1/notes"), "GET, HEAD, POST, OPTIONS");
  assert.equal(allowOf("/v1/notes/anything"), "GET, HEAD, PATCH, DELETE, OPTIONS");
  assert.equal(allowOf("/openapi.json"), "GET, HEAD, OPTIONS");
  for (const path of ["/openapiXjson", "/v1/notes/", "/v1/notes/a/b", "/v1/notesx", ""])
    assert.equal(allowOf(path), undefined, path);
});

test("what Node's parser refuses is told apart", () => {
  const facts = (code: string | undefined): unknown => {
    const { reason, httpStatus } = errorFromParser(code);
    return [reason, httpStatus];
  };
  assert.deepEqual(facts("ERR_HTTP_REQUEST_TIMEOUT"), ["DEADLINE_EXCEEDED", 408]);
  assert.deepEqual(facts("HPE_HEADER_OVERFLOW"), ["MALFORMED_REQUEST", 431]);
  assert.deepEqual(facts("HPE_INVALID_METHOD"), ["MALFORMED_REQUEST", undefined]);
  assert.deepEqual(facts(undefined), ["MALFORMED_REQUEST", undefined]);
});

test("a path of its own has no methods of the one that it looks like", async () => {
  const about = { summary: "About", access: "public", output: z.object({}) } as const;
  const things = service(
    "things",
    { version: 1 },
    {
      search: query({ ...about, http: "GET /things/search" }),
      edit: command({ ...about, http: "PATCH /things/{id}", input: { id: z.string() } }),
    },
  );
  const caller = { run: () => assert.fail("no operation is called") };
  const info = { title: "things", version: "1" };
  const registry = createRegistry("things", [things]);
  const server = await createHttpServer({ registry, caller, host: "127.0.0.1", port: 0, info });
  const answer = await server.inject({ method: "PATCH", url: "/v1/things/search", payload: "not read" });
  assert.deepEqual([answer.statusCode, answer.headers.allow], [405, "GET, HEAD, OPTIONS"]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { command, json, model, query, service, z } from "../../../contract/index.ts";
import { createRegistry } from "../../../contract/registry.ts";
import { createNotesApp } from "../notes.fixture.ts";
import { registry as flows } from "../streams/flows.fixture.ts";
import { openApiDocument } from "./document.ts";

const info = { title: "Notebook", version: "1.2.3", license: "MIT" };

// biome-ignore lint/suspicious/noExplicitAny: a document is looked into at many depths
type Loose = any;

function notesDocument(): Loose {
  return openApiDocument(createNotesApp().registry, info);
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === "$ref" && typeof item === "string" ? [item] : referencesIn(item),
  );
}

function assertReferencesResolve(document: Loose): void {
  for (const reference of referencesIn(document)) {
    const target = reference
      .slice(2)
      .split("/")
      .reduce((at: Loose, key) => at?.[key], document);
    assert.notEqual(target, undefined, reference);
    assert.match(reference, /^#\/components\//);
  }
}

test("every operation stands under its route with its id, and every reference leads somewhere", () => {
  const document = notesDocument();
  const { operations } = createNotesApp().registry;
  for (const { id, route, service: owner } of operations) {
    const found = document.paths[route.path][route.method.toLowerCase()];
    assert.deepEqual([found.operationId, found.tags], [id, [owner.name]]);
  }
  assert.equal(Object.values<object>(document.paths).flatMap((path) => Object.keys(path)).length, operations.length);
  assertReferencesResolve(document);
});

test("the same contracts give the same text", () => {
  assert.equal(JSON.stringify(notesDocument()), JSON.stringify(notesDocument()));
});

test("the input is split into path, query and body, with examples", () => {
  const { paths } = notesDocument();
  const get = paths["/v1/notes/{id}"].get;
  assert.deepEqual([get.parameters[0].name, get.parameters[0].in, get.parameters[0].required], ["id", "path", true]);
  assert.equal(get.parameters[0].example, "0198c0de-0000-7000-8000-000000000001");
  assert.deepEqual(get.parameters[1], { $ref: "#/components/parameters/IfNoneMatch" });
  const list = paths["/v1/notes"].get;
  const required = list.parameters.filter((parameter: Loose) => parameter.required).map(({ name }: Loose) => name);
  assert.deepEqual(required, ["ids"]);
  assert.equal(list.requestBody, undefined);
  const attach = paths["/v1/notes/{id}/files/{number}"].put.requestBody;
  assert.equal(attach.required, true);
  const { schema } = attach.content["application/json"];
  assert.deepEqual([Object.keys(schema.properties), schema.required], [["content"], ["content"]]);
  assert.equal(schema.additionalProperties, false);
  assert.equal(schema.properties.content.contentEncoding, "base64");
  const create = paths["/v1/notes"].post.requestBody.content["application/json"];
  assert.deepEqual(create.example, { text: "Buy milk" });
  assert.equal(create.schema.properties.text.pattern, "\\S");
  assert.deepEqual(create.schema.properties.extra, { description: "Any JSON value" });
  assert.equal(paths["/v1/ping"].post.requestBody, undefined);
});

test("a model is a component; its timestamps are date-times and its answers may gain fields", () => {
  const { components, paths } = notesDocument();
  const { Note } = components.schemas;
  assert.deepEqual(Note.properties.createdAt, { type: "string", format: "date-time" });
  assert.equal(Note.additionalProperties, undefined);
  assert.deepEqual(Note.required, ["id", "text", "version", "createdAt"]);
  const content = paths["/v1/notes"].post.responses[201].content["application/json"];
  assert.deepEqual(content.schema, { $ref: "#/components/schemas/Note" });
});

test("versions show as headers, conditions and statuses", () => {
  const { paths } = notesDocument();
  const edit = paths["/v1/notes/{id}"].patch;
  assert.ok(edit.parameters.some(({ $ref }: Loose) => $ref === "#/components/parameters/IfMatch"));
  for (const status of ["409", "412", "428"]) assert.ok(edit.responses[status], status);
  assert.equal(edit.requestBody.required, undefined);
  const get = paths["/v1/notes/{id}"].get;
  assert.ok(get.responses[304].headers.ETag);
  assert.ok(get.responses[200].headers.ETag);
  assert.equal(get.responses[428], undefined);
  assert.equal(paths["/v1/notes"].get.responses[304], undefined);
});

test("each status names the reasons that it can have, a failure with details as a type of its own", () => {
  const { paths, components } = notesDocument();
  const get = paths["/v1/notes/{id}"].get.responses[404].content["application/problem+json"].schema;
  assert.deepEqual(get.anyOf[0], { $ref: "#/components/schemas/NoteNotFoundProblem" });
  const [, own] = components.schemas.NoteNotFoundProblem.allOf;
  assert.equal(own.properties.reason.const, "NOTE_NOT_FOUND");
  assert.equal(own.properties.details.properties.id.format, "uuid");
  const create = paths["/v1/notes"].post.responses;
  const reasons = (status: number): string[] =>
    create[status].content["application/problem+json"].schema.allOf[1].properties.reason.enum;
  assert.deepEqual(reasons(400), ["NOTES_CLOSED", "VALIDATION_FAILED", "MALFORMED_BODY", "MALFORMED_REQUEST"]);
  assert.deepEqual(reasons(401), ["CREDENTIAL_MISSING", "CREDENTIAL_INVALID", "CREDENTIAL_EXPIRED"]);
  assert.ok(create[401].headers["WWW-Authenticate"]);
});

test("public operations need no credential, deprecated ones say so", () => {
  const { paths } = notesDocument();
  assert.deepEqual(paths["/v1/notes"].get.security, []);
  assert.deepEqual(paths["/v1/notes"].post.security, [{ bearer: [] }]);
  const remove = paths["/v1/notes/{id}"].delete;
  assert.equal(remove.deprecated, true);
  assert.match(
    remove.description,
    /Deprecated since 2026-01-01; may be gone after 2027-01-01; use `notes.edit` instead/,
  );
  assert.deepEqual(Object.keys(remove.responses[204].headers), [
    "X-Request-Id",
    "Idempotency-Replayed",
    "Deprecation",
    "Sunset",
  ]);
});

test("a command of users takes an idempotency key, and says how it may be refused", () => {
  const { paths, components } = notesDocument();
  const post = paths["/v1/notes"].post;
  assert.ok(post.parameters.some(({ $ref }: { $ref: string }) => $ref === "#/components/parameters/IdempotencyKey"));
  assert.equal(components.parameters.IdempotencyKey.required, false);
  const reasons = (status: number): string =>
    JSON.stringify(post.responses[status].content["application/problem+json"]);
  assert.match(reasons(409), /IDEMPOTENCY_IN_PROGRESS/);
  assert.match(reasons(422), /IDEMPOTENCY_KEY_REUSED/);
  assert.ok("Retry-After" in post.responses[409].headers);
  assert.doesNotMatch(JSON.stringify(paths["/v1/notes"].get), /dempotency/);
});

test("what was made links to what can be done with it", () => {
  const { paths } = notesDocument();
  const { links } = paths["/v1/notes"].post.responses[201];
  assert.deepEqual(Object.keys(links), ["notes.get", "notes.edit", "notes.remove"]);
  assert.deepEqual(links["notes.get"].parameters, { id: "$response.body#/id" });
  assert.equal(links["notes.edit"].parameters["If-Match"], "$response.header.ETag");
  assert.equal(paths["/v1/notes"].get.responses[200].links, undefined);
});

test("an id links only into its own collection", () => {
  const User = model("User", { id: z.uuid() });
  const registry = createRegistry("app", [
    service(
      "accounts",
      { version: 1 },
      {
        register: command({ summary: "Register", http: "POST /users", output: User, access: "public" }),
        endSession: command({ summary: "End", http: "DELETE /sessions/{id}", input: { id: z.uuid() }, access: "user" }),
        post: command({
          summary: "Post",
          http: "POST /users/{userId}/posts",
          input: { userId: z.uuid() },
          access: "user",
        }),
      },
    ),
  ]);
  const document: Loose = openApiDocument(registry, info);
  const { links } = document.paths["/v1/users"].post.responses[200];
  assert.deepEqual(
    Object.entries<Loose>(links).map(([name, link]) => [name, link.parameters]),
    [["accounts.post", { userId: "$response.body#/id" }]],
  );
});

test("schemas that hold themselves, and models that differ between input and output, are components", () => {
  const tree: z.ZodType = z.object({ name: z.string(), children: z.array(z.lazy(() => tree)) });
  const Leaf = model("Leaf", { size: z.int().default(1), color: z.string() });
  const Left: z.ZodType = model("Left", { right: z.lazy(() => Right).nullable() });
  const Right: z.ZodType = model("Right", { left: z.lazy(() => Left) });
  const Branch = model("Branch", { leaf: Leaf, leaves: z.array(Leaf).optional() });
  const registry = createRegistry("app", [
    service(
      "trees",
      { version: 1 },
      {
        grow: command({
          summary: "Grow",
          http: "POST /trees",
          input: { tree, leaf: Leaf, note: json() },
          output: z.object({ tree, branch: Branch }),
          access: "public",
        }),
        left: query({ summary: "Read", http: "GET /left", output: Left, access: "public" }),
        all: query({ summary: "List", http: "GET /trees", output: tree, access: "public" }),
      },
    ),
  ]);
  const document: Loose = openApiDocument(registry, info);
  assertReferencesResolve(document);
  const { schemas } = document.components;
  assert.deepEqual(schemas.Branch.properties.leaf, { $ref: "#/components/schemas/Leaf" });
  assert.deepEqual([schemas.Leaf.required, schemas.LeafInput.required], [["size", "color"], ["color"]]);
  assert.deepEqual(schemas.Left.properties.right.anyOf[0], { $ref: "#/components/schemas/Right" });
  assert.deepEqual(schemas.Right.properties.left, { $ref: "#/components/schemas/Left" });
  const answer = document.paths["/v1/trees"].get.responses[200].content["application/json"].schema;
  const self = schemas[answer.$ref.split("/").at(-1)].properties.children.items;
  assert.deepEqual(self, answer);
});

test("streams: lines and events of a server stream, lines of a client stream, the frames of a WebSocket", () => {
  const document: Loose = openApiDocument(flows, info);
  assertReferencesResolve(document);
  const list = document.paths["/v1/flows/{name}"].get;
  const content = list.responses[200].content;
  assert.deepEqual(Object.keys(content), [
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "text/event-stream",
  ]);
  const [item, end, error] = content["application/x-ndjson"].schema.anyOf;
  assert.deepEqual(Object.keys(item.properties.item.properties), ["n", "cursor", "text"]);
  assert.deepEqual([end.required, error.properties.error], [["end"], { $ref: "#/components/schemas/Problem" }]);
  assert.deepEqual(content["text/event-stream"].schema.anyOf[0], item.properties.item);
  assert.ok(list.parameters.some(({ $ref }: Loose) => $ref === "#/components/parameters/LastEventId"));
  const take = document.paths["/v1/flows/{name}"].post;
  assert.deepEqual(
    take.parameters.map(({ name, in: place }: Loose) => `${place} ${name}`),
    ["path name", "query scale"],
  );
  assert.deepEqual(take.requestBody.content["application/x-ndjson"].schema.required, ["n"]);
  assert.ok(take.responses[415] && take.responses[413] && take.responses[200].content["application/json"]);
  const talk = document.paths["/v1/talks/{name}"].get;
  assert.deepEqual([talk.responses[200], talk.requestBody, talk.responses[406]], [undefined, undefined, undefined]);
  assert.match(talk.responses[101].description, /WebSocket/);
  assert.match(JSON.stringify(talk.responses[426]), /UPGRADE_REQUIRED/);
  const secret = document.paths["/v1/secret"].get;
  assert.deepEqual(secret.parameters, [{ $ref: "#/components/parameters/ItemsIdempotencyKey" }]);
  assert.doesNotMatch(JSON.stringify(secret.responses), /IDEMPOTENCY|Idempotency-Replayed/);
  assert.match(JSON.stringify(take.responses[400]), /IDEMPOTENCY_KEY_NOT_TAKEN/);
  assert.doesNotMatch(JSON.stringify(list), /IDEMPOTENCY/);
});

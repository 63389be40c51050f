import assert from "node:assert/strict";
import test from "node:test";
import { z } from "zod";
import { bidiStream } from "../../../contract/kinds/bidi-stream.ts";
import { clientStream } from "../../../contract/kinds/client-stream.ts";
import { command } from "../../../contract/kinds/command.ts";
import { query } from "../../../contract/kinds/query.ts";
import { type Model, model } from "../../../contract/model.ts";
import { createRegistry } from "../../../contract/registry.ts";
import { bytes, json, type Shape, sensitive, timestamp } from "../../../contract/schema.ts";
import { service } from "../../../contract/service.ts";
import type { Numbering } from "./numbering.ts";
import { grpcProblems } from "./problems.ts";
import { createGrpcSchema } from "./schema.ts";
import type { Field } from "./wire-types.ts";

function inputFields(input: Shape): string[] {
  const post = command({ summary: "s", http: "POST /x", input, access: "public" });
  const { methods, problems } = createGrpcSchema(createRegistry("app", [service("things", { version: 1 }, { post })]));
  assert.deepEqual(problems, []);
  return (methods[0]?.method.input.fields ?? []).map(shown);
}

function shown({ name, number, type, cardinality, oneof }: Field): string {
  const what = type.kind === "scalar" ? type.scalar : type.kind === "message" ? type.message.name : type.kind;
  return `${cardinality} ${what} ${name} = ${number}${oneof === undefined ? "" : ` in ${oneof}`}`;
}

function problemsOf(fields: { input?: Shape; output?: z.ZodType }): string[] {
  const post = command({ summary: "s", http: "POST /x", access: "public", ...fields });
  return grpcProblems(createRegistry("app", [service("things", { version: 1 }, { post })]));
}

test("wrappers do not show on the wire", () => {
  const fields = inputFields({
    a: z.string().trim().min(1).max(4).optional(),
    b: z.int().default(3).readonly(),
    c: z.preprocess((value) => value, z.boolean()),
    d: z.lazy(() => z.number()),
    e: sensitive(z.string().brand("x")),
    f: z
      .string()
      .refine(() => true)
      .pipe(z.string().max(3)),
    g: z.coerce.number().int(),
    h: timestamp().optional().describe("when"),
    i: bytes().catch(""),
    j: z.string().transform((text) => text.length),
    k: json().nullable(),
    l: z.union([z.string(), z.null()]),
    m: z.uint32(),
  });
  assert.deepEqual(fields, [
    "optional string a = 1",
    "optional int64 b = 2",
    "optional bool c = 3",
    "optional double d = 4",
    "optional string e = 5",
    "optional string f = 6",
    "optional int64 g = 7",
    "single timestamp h = 8",
    "optional bytes i = 9",
    "optional string j = 10",
    "single json k = 11",
    "single string l = 12 in l_or_null",
    "single null l_null = 13 in l_or_null",
    "optional int64 m = 14",
  ]);
});

test("every problem is listed at once, with its path", () => {
  const Loop: z.ZodType = z.object({
    get inner() {
      return Loop.optional();
    },
  });
  const input = {
    lists: z.array(z.array(z.string())),
    nullList: z.array(z.string()).nullable(),
    nullItems: z.array(z.string().nullable()),
    either: z.union([z.string(), z.int()]),
    byNumber: z.record(z.number(), z.string()),
    mapOfLists: z.record(z.string(), z.array(z.string())),
    pair: z.tuple([z.string(), z.string()]),
    day: z.date(),
    loop: Loop,
    loose: z.looseObject({}),
    deep: z.object({ any: z.unknown() }),
    fooBar: z.string(),
    foo_bar: z.string(),
    "with-hyphen": z.string(),
    level: z.enum(["unspecified", "a-b", "aB", "ü"]),
    rank: z.enum({ low: 1, high: 2 }),
    union: z.discriminatedUnion("kind", [z.object({ kind: z.literal(1) })]),
  };
  assert.deepEqual(problemsOf({ input, output: z.array(z.string()) }), [
    "things.post input: lists[]: a list inside a list or a map has no gRPC form",
    "things.post input: nullList: a list or map that may be null has no gRPC form: let it be empty",
    "things.post input: nullItems[]: an item that may be null has no gRPC form",
    "things.post input: either: a union without a discriminator has no gRPC form",
    "things.post input: byNumber: a map whose keys are not texts has no gRPC form",
    "things.post input: mapOfLists{}: a list inside a list or a map has no gRPC form",
    'things.post input: pair: a schema of the type "tuple" has no gRPC form',
    "things.post input: day: a Date (use timestamp()) has no gRPC form",
    "things.post input: loop.inner: an unnamed object inside itself has no gRPC form: make it a model",
    "things.post input: loose: an object with unknown fields has no gRPC form: use a record or json()",
    "things.post input: deep.any: a value of unknown type (use json()) has no gRPC form",
    "things.post input: with-hyphen: use letters, digits and _ in field names",
    "things.post input: level: two enum values are called LEVEL_UNSPECIFIED on gRPC: rename one",
    "things.post input: level: two enum values are called LEVEL_A_B on gRPC: rename one",
    'things.post input: level: the enum value "ü" has no gRPC name',
    "things.post input: rank: an enum of numbers has no gRPC form: use texts",
    'things.post input: union: each member of the union must be an object whose "kind" is one text literal made of letters, digits, "_", "-" and "."',
    "things.post input: two members are called foo_bar on gRPC: rename one",
    "things.post output: an answer that is not an object has no gRPC form: put it into a field of one",
  ]);
});

test("an answer must be an object", () => {
  const refused = ["things.post output: an answer that is not an object has no gRPC form: put it into a field of one"];
  const object = z.object({ a: z.string() });
  for (const output of [z.string(), z.record(z.string(), z.string()), object.nullable(), object.optional(), json()])
    assert.deepEqual(problemsOf({ output }), refused);
  assert.deepEqual(problemsOf({ output: object.readonly() }), []);
});

test("a transform in an answer has no type", () => {
  const output = z.object({ length: z.string().transform((text) => text.length) });
  assert.match(problemsOf({ output })[0] ?? "", /output: length: a transform/);
});

const Person = model("Person", {
  name: z.string(),
  get friends() {
    return z.array(Person);
  },
}) as Model;

function twoServices(owner: string | undefined) {
  const Shared = model("Shared", { id: z.string(), person: Person }, owner === undefined ? {} : { owner });
  const get = (path: string) => query({ summary: "s", http: `GET /${path}`, output: Shared, access: "public" });
  return createRegistry("app", [
    service("alpha", { version: 1 }, { get: get("a") }),
    service("beta", { version: 1 }, { get: get("b") }),
  ]);
}

test("a model of several services needs an owner, which must be one of the app's services", () => {
  assert.deepEqual(grpcProblems(twoServices(undefined)), [
    'model "Shared" is used by app.alpha.v1, app.beta.v1: say which service holds it: model(name, shape, { owner })',
    'model "Person" is used by app.alpha.v1, app.beta.v1: say which service holds it: model(name, shape, { owner })',
  ]);
  assert.match(grpcProblems(twoServices("gamma"))[0] ?? "", /its owner "gamma" is not a service/);
});

test("a model lives in its owner's package, and a described or refined clone is the same model", () => {
  const Shared = model("Shared", { id: z.string() }, { owner: "beta" });
  const get = query({
    summary: "s",
    http: "GET /a",
    output: z.object({ one: Shared.describe("d"), two: Shared.refine(() => true) }),
    access: "public",
  });
  const other = query({ summary: "s", http: "GET /b", output: Shared, access: "public" });
  const { methods, problems } = createGrpcSchema(
    createRegistry("app", [service("alpha", { version: 1 }, { get }), service("beta", { version: 1 }, { get: other })]),
  );
  assert.deepEqual(problems, []);
  const types = methods[0]?.method.output.fields.map(({ type }) =>
    type.kind === "message" ? type.message : undefined,
  );
  assert.deepEqual(types, [methods[1]?.method.output, methods[1]?.method.output]);
  assert.equal(methods[1]?.method.output.fullName, "app.beta.v1.Shared");
});

test("packages that need each other in a circle are refused", () => {
  const One = model("One", { id: z.string() }, { owner: "alpha" });
  const Two = model("Two", { id: z.string() }, { owner: "beta" });
  const get = (path: string, output: z.ZodType) =>
    query({ summary: "s", http: `GET /${path}`, output, access: "public" });
  const registry = createRegistry("app", [
    service("alpha", { version: 1 }, { get: get("a", Two), own: get("c", One) }),
    service("beta", { version: 1 }, { get: get("b", One), own: get("d", Two) }),
  ]);
  assert.match(grpcProblems(registry)[0] ?? "", /circle: app\.alpha\.v1 → app\.beta\.v1 → app\.alpha\.v1/);
});

test("names that meet in one package are refused", () => {
  const PostResponse = model("PostResponse", { id: z.string() });
  const post = command({ summary: "s", http: "POST /x", access: "public" });
  const get = query({ summary: "s", http: "GET /x", output: PostResponse, access: "public" });
  const registry = createRegistry("app", [service("things", { version: 1 }, { post, get })]);
  assert.deepEqual(grpcProblems(registry), [
    "app.things.v1: two things are called PostResponse: rename the model or the operation",
  ]);
});

test("numbers come from the numbering that is given", () => {
  const asked: string[] = [];
  const byTens: Numbering = {
    numbers(name, members) {
      asked.push(name);
      return members.map((_, index) => (index + 1) * 10);
    },
    reserved: () => ({ names: ["old"], numbers: [3] }),
  };
  const post = command({ summary: "s", http: "POST /x", input: { a: z.string(), b: z.enum(["x"]) }, access: "public" });
  const { methods } = createGrpcSchema(createRegistry("app", [service("things", { version: 1 }, { post })]), byTens);
  const fields = methods[0]?.method.input.fields ?? [];
  assert.deepEqual(
    fields.map((field) => field.number),
    [10, 20],
  );
  const [, { type } = {}] = fields;
  assert.deepEqual(type?.kind === "enum" ? type.enum.values.map((value) => value.number) : [], [0, 10]);
  assert.deepEqual(asked, ["app.things.v1.PostRequest.B", "app.things.v1.PostRequest", "app.things.v1.PostResponse"]);
});

test("problems of what a stream opens with, of its items and of its messages' names are listed with their paths", () => {
  const Open = model("TalkOpen", { id: z.string() });
  const talk = bidiStream({
    summary: "s",
    http: "GET /talk",
    open: { pair: z.tuple([z.string(), z.string()]) },
    item: { day: z.date() },
    output: Open,
    access: "public",
  });
  assert.deepEqual(grpcProblems(createRegistry("app", [service("things", { version: 1 }, { talk })])), [
    'things.talk open: pair: a schema of the type "tuple" has no gRPC form',
    "things.talk item: day: a Date (use timestamp()) has no gRPC form",
    "app.things.v1: two things are called TalkOpen: rename the model or the operation",
  ]);
});

test("a model that only items use has a message", () => {
  const Note = model("Note", { text: z.string() });
  const add = clientStream({ summary: "s", http: "POST /notes", item: { note: Note }, access: "public" });
  const { files, problems } = createGrpcSchema(createRegistry("app", [service("things", { version: 1 }, { add })]));
  assert.deepEqual(problems, []);
  assert.deepEqual(
    files[0]?.messages.map(({ name }) => name),
    ["AddRequest", "AddOpen", "AddItem", "AddResponse", "Note"],
  );
});

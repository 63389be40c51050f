// Changes planted in the shop's contract: which of them break, by our own rules and by buf's.

import { query, z } from "trivium/contract";
import type { ShopParts } from "./shop.ts";

/** A change with what is to be found of it. */
export interface PlantedChange {
  readonly name: string;
  readonly plant: (shop: ShopParts) => void;
  /** The names of all breaking changes. */
  readonly ours: readonly string[];
  /** Of the category WIRE_JSON; `unseen`: the .proto files do not show the change. */
  readonly buf: "breaks" | "passes" | "unseen";
}

const item = "fair.shop.v1.Item";
const put = "fair.shop.v1.PutRequest";
const triangle = z.object({ type: z.literal("triangle"), a: z.number() });

/** Each rule stands here at least once. */
export const plantedChanges: readonly PlantedChange[] = [
  // What callers give
  row(
    "an optional field is added to an input",
    (shop) => add(shop.putInput, "extra", z.string().optional()),
    [],
    "passes",
  ),
  row(
    "a required field is added to an input",
    (shop) => add(shop.putInput, "extra", z.string()),
    ["shop.put input.extra: added, and required"],
    "passes",
  ),
  row(
    "a field is removed from an input",
    (shop) => drop(shop.putInput, "note"),
    ["shop.put input.note: removed"],
    "passes",
  ),
  row(
    "an optional field of an input becomes required",
    (shop) => add(shop.putInput, "note", z.string().max(100)),
    ["shop.put input.note: required now"],
    "unseen",
  ),
  row(
    "a required field of an input becomes optional",
    (shop) => add(shop.putInput, "name", z.string().max(50).optional()),
    [],
    "unseen",
  ),
  row(
    "a value is removed from an enum of an input",
    (shop) => add(shop.putInput, "kind", z.enum(["book"])),
    ["shop.put input.kind: value toy removed"],
    "passes",
  ),
  row(
    "a value is added to an enum of an input",
    (shop) => add(shop.putInput, "kind", z.enum(["game", "book", "toy"])),
    [],
    "passes",
  ),
  row(
    "text of an input becomes one of some values",
    (shop) => add(shop.putInput, "name", z.enum(["a", "b"])),
    ["shop.put input.name: type any value to a list of values", `${put}.name: type string to ${put}.Name`],
    "breaks",
  ),
  row(
    "a field of an input changes its type",
    (shop) => add(shop.putInput, "name", z.int()),
    ["shop.put input.name: type string to integer", `${put}.name: type string to int64`],
    "breaks",
  ),
  row(
    "a number of an input becomes wider",
    (shop) => add(shop.putInput, "count", z.int().default(1)),
    [`${put}.count: type int32 to int64`],
    "breaks",
  ),
  row(
    "a list of an input becomes a single value",
    (shop) => add(shop.putInput, "tags", z.string().optional()),
    ["shop.put input.tags: type array to string", `${put}.tags: type repeated string to string`],
    "breaks",
  ),
  row(
    "a map of an input becomes an object",
    (shop) => add(shop.putInput, "labels", z.object({ de: z.string() }).optional()),
    ["shop.put input.labels: type map to object", `${put}.labels: type map<string, string> to ${put}.Labels`],
    "breaks",
  ),
  row(
    "the values of a map of an input become shorter",
    (shop) => add(shop.putInput, "labels", z.record(z.string(), z.string().max(9)).optional()),
    ["shop.put input.labels{}: maxLength none to 9"],
    "unseen",
  ),
  row(
    "null is taken no longer",
    (shop) => add(shop.putInput, "rating", z.number()),
    ["shop.put input.rating: may no longer be null", `${put}.rating: oneof rating_or_null to none`],
    "breaks",
  ),
  row(
    "a constraint of an input is tightened",
    (shop) => add(shop.putInput, "name", z.string().max(40)),
    ["shop.put input.name: maxLength 50 to 40"],
    "unseen",
  ),
  row("a constraint of an input is loosened", (shop) => add(shop.putInput, "name", z.string().max(60)), [], "unseen"),
  row(
    "a lower bound of an input is raised",
    (shop) => add(shop.findInput, "limit", z.int().min(5).max(100).default(20)),
    ["shop.find input.limit: minimum 1 to 5"],
    "unseen",
  ),
  row(
    "the default of an input changes",
    (shop) => add(shop.findInput, "limit", z.int().min(1).max(100).default(50)),
    ["shop.find input.limit: default 20 to 50"],
    "unseen",
  ),
  row(
    "a pattern of an input changes",
    (shop) =>
      add(
        shop.findInput,
        "after",
        z
          .string()
          .regex(/^[a-z]+$/)
          .optional(),
      ),
    ["shop.find input.after: pattern none to ^[a-z]+$"],
    "unseen",
  ),
  row(
    "a member is removed from a union of an input and an output",
    (shop) => shop.shapes.pop(),
    ["shop.put input.shape: member square removed"],
    "passes",
  ),
  row("a member is added to a union of an input and an output", (shop) => shop.shapes.unshift(triangle), [], "passes"),
  row(
    "a member of a union loses a field",
    (shop) => shop.shapes.splice(0, 1, z.object({ type: z.literal("circle") })),
    ["shop.put input.shape(circle).radius: removed", "shop.find output.shapes[](circle).radius: removed"],
    "passes",
  ),
  row(
    "a model of an input refuses what it took",
    (shop) => add(shop.priceInput, "amount", z.int().min(1)),
    ["model Price as input.amount: minimum 0 to 1"],
    "unseen",
  ),
  row(
    "the items of a stream need a field more",
    (shop) => add(shop.talkItem, "loud", z.boolean()),
    ["shop.talk item.loud: required now"],
    "unseen",
  ),
  row(
    "a field moves to another place, and another is put before it",
    (shop) => {
      const { name, ...others } = shop.putInput;
      shop.putInput = { extra: z.string().optional(), ...others, name: name ?? z.string() };
    },
    [],
    "passes",
  ),

  row(
    "null is taken from now on",
    (shop) => add(shop.putInput, "note", z.string().max(100).nullish()),
    [`${put}.note: oneof none to note_or_null`],
    "breaks",
  ),
  row(
    "a whole number of an input becomes any number",
    (shop) => add(shop.priceInput, "amount", z.number().min(0)),
    ["fair.shop.v1.Price.amount: type int64 to double"],
    "breaks",
  ),
  row(
    "every measure of an input is tightened",
    (shop) =>
      Object.assign(shop.putInput, {
        code: z.string().min(3).max(4),
        grade: z.int().min(2).max(4),
        weight: z.number().gt(1).lt(99),
        parts: z.array(z.string()).min(2).max(9),
      }),
    [
      "shop.put input.code: minLength 2 to 3",
      "shop.put input.code: maxLength 5 to 4",
      "shop.put input.grade: minimum 1 to 2",
      "shop.put input.grade: maximum 5 to 4",
      "shop.put input.weight: exclusiveMinimum 0 to 1",
      "shop.put input.weight: exclusiveMaximum 100 to 99",
      "shop.put input.parts: minItems 1 to 2",
      "shop.put input.parts: maxItems 10 to 9",
    ],
    "unseen",
  ),
  row("every measure of an input is loosened", (shop) => Object.assign(shop.putInput, loose), [], "unseen"),
  row(
    "a pattern of an input becomes another",
    (shop) => add(shop.putInput, "colour", z.string().regex(/^!/)),
    ["shop.put input.colour: pattern ^# to ^!"],
    "unseen",
  ),
  row("a pattern of an input is dropped", (shop) => add(shop.putInput, "colour", z.string()), [], "unseen"),
  row(
    "text of an input must be of a format, and a number a multiple",
    (shop) => {
      add(shop.putInput, "note", z.email().max(100).optional());
      add(shop.putInput, "grade", z.int().min(1).max(5).multipleOf(5));
    },
    ["shop.put input.note: format none to email", "shop.put input.grade: multipleOf none to 5"],
    "unseen",
  ),
  row(
    "an object of an input refuses unknown fields",
    (shop) => shop.shapes.splice(0, 1, z.strictObject({ type: z.literal("circle"), radius: z.number() })),
    ["shop.put input.shape(circle): unknown fields refused now"],
    "unseen",
  ),
  row(
    "an object of an input takes unknown fields",
    (shop) => shop.shapes.splice(1, 1, z.object({ type: z.literal("square"), side: z.number() })),
    [],
    "unseen",
  ),

  // What is answered
  row(
    "an optional field is added to an output",
    (shop) => add(shop.item, "extra", z.string().optional()),
    [],
    "passes",
  ),
  row(
    "a field of an output is null no longer",
    (shop) => add(shop.item, "rating", z.number()),
    [`${item}.rating: oneof rating_or_null to none`],
    "breaks",
  ),
  row(
    "a number of an output is always whole now",
    (shop) => add(shop.item, "rating", z.int().nullable()),
    [`${item}.rating: type double to int64`],
    "breaks",
  ),
  row(
    "every measure of an output is loosened",
    (shop) => Object.assign(shop.item, loose),
    [
      "model Item.code: minLength 2 to 1",
      "model Item.code: maxLength 5 to 6",
      "model Item.grade: minimum 1 to 0",
      "model Item.grade: maximum 5 to 6",
      "model Item.weight: exclusiveMinimum 0 to -1",
      "model Item.weight: exclusiveMaximum 100 to 101",
      "model Item.parts: minItems 1 to 0",
      "model Item.parts: maxItems 10 to 11",
    ],
    "unseen",
  ),
  row("a measure of an output is tightened", (shop) => add(shop.item, "code", z.string().min(3).max(5)), [], "unseen"),
  row(
    "a pattern of an output becomes another",
    (shop) => add(shop.item, "colour", z.string().regex(/^!/)),
    ["model Item.colour: pattern ^# to ^!"],
    "unseen",
  ),
  row("a default of an output changes", (shop) => add(shop.item, "madeBy", z.string().default("us")), [], "unseen"),
  row("a field is added to an output", (shop) => add(shop.item, "extra", z.string()), [], "passes"),
  row("a field is removed from an output", (shop) => drop(shop.item, "tags"), ["model Item.tags: removed"], "passes"),
  row(
    "a field of an output becomes optional",
    (shop) => add(shop.item, "name", z.string().max(50).optional()),
    ["model Item.name: may now be missing"],
    "unseen",
  ),
  row("a field of an output is always there now", (shop) => add(shop.item, "note", z.string()), [], "unseen"),
  row(
    "a field of an output may be null",
    (shop) => add(shop.item, "price", z.int().nullable()),
    ["model Item.price: may now be null", `${item}.price: oneof none to price_or_null`],
    "breaks",
  ),
  row(
    "a number of an output is whole no longer",
    (shop) => add(shop.item, "price", z.number()),
    ["model Item.price: type integer to number", `${item}.price: type int64 to double`],
    "breaks",
  ),
  row(
    "a field of an output changes its type",
    (shop) => add(shop.item, "at", z.boolean()),
    ["model Item.at: type string to boolean", `${item}.at: type google.protobuf.Timestamp to bool`],
    "breaks",
  ),
  row(
    "a value is added to an enum of an output",
    (shop) => add(shop.item, "kind", z.enum(["game", "book", "toy"])),
    [],
    "passes",
  ),
  row("a value is removed from an enum of an output", (shop) => add(shop.item, "kind", z.enum(["toy"])), [], "passes"),
  row(
    "an enum of an output becomes any text",
    (shop) => add(shop.item, "kind", z.string()),
    ["model Item.kind: type a list of values to any value", `${item}.kind: type ${item}.Kind to string`],
    "breaks",
  ),
  row(
    "a constraint of an output is loosened",
    (shop) => add(shop.item, "name", z.string().max(80)),
    ["model Item.name: maxLength 50 to 80"],
    "unseen",
  ),
  row(
    "an operation answers another message",
    (shop) => {
      shop.getOutput = z.object({ id: z.uuid(), ...shop.item });
    },
    ["/fair.shop.v1.ShopService/Get: response fair.shop.v1.Item to fair.shop.v1.GetResponse"],
    "breaks",
  ),
  row(
    "the name of a field in JSON changes, and not in the .proto file",
    (shop) => {
      drop(shop.item, "madeBy");
      add(shop.item, "made_by", z.string());
    },
    ["model Item.madeBy: removed", `${item}.made_by: JSON name madeBy to made_by`],
    "breaks",
  ),

  // Operations
  row(
    "an operation is added",
    (shop) => {
      shop.more = {
        count: query({ summary: "Count", http: "GET /count", output: z.object({ n: z.int() }), access: "public" }),
      };
    },
    [],
    "passes",
  ),
  row(
    "an operation is removed",
    (shop) => {
      shop.talk = "none";
    },
    ["shop.talk: removed"],
    "passes",
  ),
  row(
    "an operation becomes another kind",
    (shop) => {
      shop.talk = "server";
    },
    ["shop.talk: kind bidiStream to serverStream", "/fair.shop.v1.ShopService/Talk: streams both to server"],
    "breaks",
  ),
  row(
    "a path changes",
    (shop) => Object.assign(shop.get, { http: "GET /things/{id}" }),
    ["shop.get: path /v1/items/{} to /v1/things/{}"],
    "unseen",
  ),
  row(
    "a method changes",
    (shop) => Object.assign(shop.put, { http: { ...created, route: "PUT /items" } }),
    ["shop.put: method POST to PUT"],
    "unseen",
  ),
  row(
    "a status changes",
    (shop) => Object.assign(shop.put, { http: { ...created, status: 202 } }),
    ["shop.put: status 201 to 202"],
    "unseen",
  ),
  row(
    "Location is given no longer",
    (shop) => Object.assign(shop.put, { http: { route: created.route, status: 201 } }),
    ["shop.put: Location removed"],
    "unseen",
  ),
  row(
    "access becomes stricter",
    (shop) => Object.assign(shop.get, { access: { role: "admin" } }),
    ["shop.get: access user to role admin"],
    "unseen",
  ),
  row(
    "access becomes laxer from a role to any user",
    (shop) => Object.assign(shop.put, { access: "user" }),
    [],
    "unseen",
  ),
  row(
    "access becomes laxer by another role",
    (shop) => Object.assign(shop.put, { access: [{ role: "seller" }, { role: "admin" }] }),
    [],
    "unseen",
  ),
  row(
    "an operation answers nothing any longer",
    (shop) => Object.assign(shop.find, { output: undefined }),
    ["shop.find: output removed", "shop.find: status 200 to 204"],
    "passes",
  ),
  row("access becomes laxer", (shop) => Object.assign(shop.get, { access: "public" }), [], "unseen"),
  row(
    "an idempotency key is required",
    (shop) => Object.assign(shop.put, { idempotency: "required" }),
    ["shop.put: idempotency key optional to required"],
    "unseen",
  ),
  row(
    "a command becomes versioned",
    (shop) => {
      Object.assign(shop.put, { versioned: true });
      add(shop.putInput, "version", z.int().optional());
    },
    ["shop.put: versioned now"],
    "passes",
  ),
  row(
    "an operation is deprecated",
    (shop) => Object.assign(shop.get, { deprecated: { since: "2026-01-01" } }),
    [],
    "passes",
  ),
  row("words are changed", (shop) => Object.assign(shop.get, { summary: "Look an item up" }), [], "unseen"),

  // Failures
  row(
    "a failure changes its code",
    (shop) => Object.assign(shop.failure, { code: "FAILED_PRECONDITION" }),
    ["failure ITEM_NOT_FOUND: code NOT_FOUND to FAILED_PRECONDITION"],
    "unseen",
  ),
  row(
    "a failure loses a detail",
    (shop) => drop(shop.failure.details, "id"),
    ["failure ITEM_NOT_FOUND.id: removed"],
    "unseen",
  ),

  // Events
  row("a field is added to an event", (shop) => add(shop.event.data, "extra", z.string()), [], "unseen"),
  row(
    "a field is removed from an event",
    (shop) => drop(shop.event.data, "name"),
    ["event item.put.name: removed"],
    "unseen",
  ),
  row(
    "a field is removed from a new version of an event",
    (shop) => {
      drop(shop.event.data, "name");
      shop.event.version = 2;
    },
    [],
    "unseen",
  ),
  row(
    "an event goes back to an older version",
    (shop) => {
      shop.event.version = 0;
    },
    ["event item.put: version 1 to 0"],
    "unseen",
  ),
  row(
    "an event moves to another stream",
    (shop) => {
      shop.event.stream = "goods";
    },
    ["event item.put: stream items to goods"],
    "unseen",
  ),
  row(
    "an event is renamed",
    (shop) => {
      shop.event.type = "item.stored";
    },
    ["event item.put: removed"],
    "unseen",
  ),
];

const loose = {
  code: z.string().min(1).max(6),
  grade: z.int().min(0).max(6),
  weight: z.number().gt(-1).lt(101),
  parts: z.array(z.string()).min(0).max(11),
};

const created = { route: "POST /items", status: 201, location: "/items/{id}" };

function row(
  name: string,
  plant: (shop: ShopParts) => unknown,
  ours: readonly string[],
  buf: PlantedChange["buf"],
): PlantedChange {
  return { name, plant: (shop) => void plant(shop), ours, buf };
}

function add(fields: Readonly<Record<string, z.ZodType>>, name: string, schema: z.ZodType): void {
  Object.assign(fields, { [name]: schema });
}

function drop(fields: Readonly<Record<string, z.ZodType>>, name: string): void {
  delete (fields as Record<string, z.ZodType>)[name];
}

// A small shop whose contract can be changed part by part: what the planted changes are planted in.

import { createApp, implement } from "trivium";
import {
  bidiStream,
  type Code,
  command,
  event,
  failure,
  model,
  query,
  type Shape,
  serverStream,
  service,
  stream,
  timestamp,
  z,
} from "trivium/contract";
import type { App } from "../../src/app/app.ts";
import type { Service } from "../../src/contract/service.ts";

const Circle = () => z.object({ type: z.literal("circle"), radius: z.number() });
const Square = () => z.strictObject({ type: z.literal("square"), side: z.number() });

/** A field for each kind of measure. */
function measures() {
  return {
    code: z.string().min(2).max(5),
    grade: z.int().min(1).max(5),
    weight: z.number().gt(0).lt(100),
    parts: z.array(z.string()).min(1).max(10),
    colour: z.string().regex(/^#/),
  };
}

/** The parts of the shop's contract, in the order of their fields. */
export function shopParts() {
  return {
    item: {
      id: z.uuid(),
      name: z.string().max(50),
      price: z.int(),
      kind: z.enum(["book", "toy"]),
      note: z.string().optional(),
      tags: z.array(z.string()),
      rating: z.number().nullable(),
      at: timestamp(),
      madeBy: z.string(),
      ...measures(),
    } as Shape,
    priceInput: { amount: z.int().min(0), currency: z.string().default("EUR") } as Shape,
    putInput: {
      name: z.string().max(50),
      note: z.string().max(100).optional(),
      kind: z.enum(["book", "toy"]),
      rating: z.number().nullable(),
      count: z.int32().default(1),
      tags: z.array(z.string()).max(10).default([]),
      labels: z.record(z.string(), z.string()).optional(),
      ...measures(),
    } as Shape,
    shapes: [Circle(), Square()] as z.ZodObject[],
    put: { http: { route: "POST /items", status: 201, location: "/items/{id}" }, access: { role: "seller" } } as Record<
      string,
      unknown
    >,
    get: { http: "GET /items/{id}", access: "user" } as Record<string, unknown>,
    getOutput: undefined as z.ZodType | undefined,
    find: { http: "GET /items" } as Record<string, unknown>,
    findInput: { limit: z.int().min(1).max(100).default(20), after: z.string().optional() } as Shape,
    talk: "bidi" as "bidi" | "server" | "none",
    talkItem: { text: z.string(), loud: z.boolean().optional() } as Shape,
    failure: { code: "NOT_FOUND" as Code, details: { id: z.uuid(), hint: z.string().optional() } as Shape },
    event: {
      type: "item.put",
      version: 1,
      stream: "items",
      data: { id: z.uuid(), name: z.string(), kind: z.enum(["book", "toy"]) } as Shape,
    },
    more: {} as Record<string, ReturnType<typeof query>>,
  };
}

/** The parts of a shop's contract. */
export type ShopParts = ReturnType<typeof shopParts>;

/** The shop as an app. Its handlers are never called. */
export function shopApp(parts: ShopParts, lock: URL): App {
  const shop: Service = service("shop", { version: 1 }, operationsOf(parts));
  const handlers = Object.fromEntries(Object.keys(shop).map((name) => [name, () => assertNever(name)]));
  return createApp({ name: "fair", version: "1.2.0", services: [implement(shop, handlers as never)], lock });
}

function assertNever(name: string): never {
  throw new Error(`${name} was called`);
}

function operationsOf(parts: ShopParts) {
  const Item = model("Item", parts.item);
  const Price = model("Price", parts.priceInput);
  const NotFound = failure("ITEM_NOT_FOUND", { ...parts.failure, message: "There is no such item" });
  const items = stream(parts.event.stream);
  const data = model("ItemData", parts.event.data);
  const { type, version } = parts.event;
  const ItemPut = event(type, { stream: items, key: ({ id }) => String(id), data, version });
  const [first, ...shapes] = parts.shapes;
  const shape = z.discriminatedUnion("type", [first as never, ...(shapes as never[])]);
  const common = { access: "user", failures: [NotFound] } as const;
  return {
    put: command({
      ...common,
      summary: "Put an item",
      http: "POST /items",
      input: { ...parts.putInput, price: Price.optional(), shape },
      output: Item,
      emits: [ItemPut],
      ...parts.put,
    }),
    get: query({
      ...common,
      summary: "Get an item",
      http: "GET /items/{id}",
      input: { id: z.uuid() },
      output: parts.getOutput ?? Item,
      ...parts.get,
    }),
    find: query({
      ...common,
      summary: "Find items",
      http: "GET /items",
      input: parts.findInput,
      output: z.object({ items: z.array(Item), shapes: z.array(shape), next: z.string().optional() }),
      ...parts.find,
    }),
    ...talkOf(parts),
    ...parts.more,
  };
}

function talkOf({ talk, talkItem }: ShopParts) {
  const common = {
    summary: "Talk",
    http: "GET /talk",
    output: z.object({ text: z.string() }),
    access: "user",
  } as const;
  if (talk === "bidi") return { talk: bidiStream({ ...common, item: talkItem }) };
  return talk === "server" ? { talk: serverStream(common) } : {};
}

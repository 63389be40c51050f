import assert from "node:assert/strict";
import test from "node:test";
import {
  create,
  createFileRegistry,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  FileDescriptorSetSchema,
  file_google_protobuf_duration,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
} from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { isAppError } from "../../core/app-error.ts";
import { createCodecs } from "./codec.ts";
import { fixtureRegistry } from "./fixture/contracts.fixture.ts";
import { fileDescriptor } from "./schema/descriptor.ts";
import { createGrpcSchema } from "./schema/schema.ts";

const schema = createGrpcSchema(fixtureRegistry());
const echo = schema.methods.find((method) => method.operation.id === "messages.echo")?.method.input;
assert.ok(echo !== undefined);
const codec = createCodecs()(echo);
const wellKnown = [file_google_protobuf_duration, file_google_protobuf_struct, file_google_protobuf_timestamp];
const registry = createFileRegistry(
  create(FileDescriptorSetSchema, {
    file: [...wellKnown.map((file) => file.proto), ...schema.files.map(fileDescriptor)],
  }),
);
const reference = registry.getMessage(echo.fullName) as DescMessage;
assert.ok(reference !== undefined);

type Plain = Record<string, unknown>;

const text = fc.string({ unit: "grapheme" }).map((each) => each.toWellFormed());
const key = fc.oneof(text, fc.constantFrom("__proto__", "constructor", "toString"));
const int32 = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 2 ** 31 - 1, -(2 ** 31)));
const int = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom(0, -1, 127, 128, 2 ** 28, 2 ** 32, 2 ** 53 - 1, -(2 ** 53) + 1),
);
const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const time = fc
  .date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true })
  .map((date) => date.toISOString());
const data = fc.uint8Array().map((each) => Buffer.from(each).toString("base64"));
const span = fc.constantFrom("0s", "1s", "-1s", "1.5s", "-0.000000001s", "3.007s", "315576000000s");
const color = fc.constantFrom("red", "dark-blue");
const jsonText = fc.jsonValue({ noUnicodeString: false }).map((value) => clean(value));
const leaf = fc.record({ name: text, children: fc.constant([]) });
const tree = fc.record({ name: text, children: fc.array(leaf, { maxLength: 3 }) });
const change = fc.oneof(
  fc.record({ type: fc.constant("posted"), body: text }, { requiredKeys: ["type"] }),
  fc.record({ type: fc.constant("re-moved"), at: time, tags: fc.array(text) }, { requiredKeys: ["type", "tags"] }),
  fc.record({ type: fc.constant("cleared") }),
);
const nothing = fc.constant(null);
const dictionary = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<Plain> =>
  fc.array(fc.tuple(key, values), { maxLength: 4 }).map((entries) => Object.fromEntries(entries));
const lists = {
  colors: fc.array(color),
  numbers: fc.array(int),
  words: fc.array(text),
  times: fc.array(time),
  counts: dictionary(int32),
  trees: dictionary(tree),
  places: fc.array(fc.record({ name: text })),
  list: fc.array(jsonText, { maxLength: 3 }),
};
const value = fc.record(
  {
    ...lists,
    text,
    small: int32,
    whole: int,
    real: double,
    flag: fc.boolean(),
    data,
    at: time,
    lasts: span,
    color,
    place: fc.record({ latitude: double, longitude: double, tags: fc.array(text) }),
    note: fc.oneof(text, nothing),
    rank: fc.oneof(int32, nothing),
    seen: fc.oneof(time, nothing),
    tree: fc.oneof(tree, nothing),
    anything: jsonText,
    change,
  },
  { requiredKeys: Object.keys(lists) as (keyof typeof lists)[] },
);

/** A JSON value as text keeps it: no negative zero, no lone surrogates. */
function clean(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, each) => (typeof each === "string" ? each.toWellFormed() : each)));
}

/** A plain object in protobuf's own JSON, written by its rules and not by the codec's. */
function protobufJson(plain: Plain): JsonValue {
  const enumName = (name: unknown): string => (name === "red" ? "RED" : "DARK_BLUE");
  const { color, colors, change, note, rank, seen, tree, ...rest } = plain;
  const nullable = Object.entries({ note, rank, seen, tree }).flatMap(([name, each]) =>
    each === undefined ? [] : each === null ? [[`${name}Null`, "NULL_VALUE"]] : [[name, each]],
  );
  const { type, ...member } = (change ?? {}) as Plain;
  const memberName = type === "re-moved" ? "reMoved" : String(type);
  return {
    ...rest,
    ...Object.fromEntries(nullable),
    ...(color === undefined ? {} : { color: `COLOR_${enumName(color)}` }),
    colors: (colors as unknown[]).map((each) => `COLORS_${enumName(each)}`),
    ...(change === undefined ? {} : { change: { [memberName]: member } }),
  } as JsonValue; // the parts are JSON
}

const asJson = (bytes: Uint8Array): JsonValue => toJson(reference, fromBinary(reference, bytes));

test("what it writes, protobuf-es reads as the same values", () => {
  fc.assert(
    fc.property(value, (plain) => {
      const expected = toJson(reference, fromJson(reference, protobufJson(plain)));
      assert.deepEqual(asJson(codec.encode(plain)), expected);
    }),
  );
});

test("what protobuf-es writes, it reads as the same values", () => {
  fc.assert(
    fc.property(value, (plain) => {
      const bytes = toBinary(reference, fromJson(reference, protobufJson(plain)));
      assert.deepEqual(clean(codec.decode(bytes)), clean(plain));
    }),
  );
});

test("what it writes, it reads back", () => {
  fc.assert(fc.property(value, (plain) => assert.deepEqual(clean(codec.decode(codec.encode(plain))), clean(plain))));
});

test("unknown fields and fields of another wire type are skipped", () => {
  const unknown = new BinaryWriter()
    .tag(900, WireType.Varint)
    .uint32(7)
    .tag(901, WireType.LengthDelimited)
    .string("?")
    .tag(902, WireType.Bit64)
    .double(1)
    .tag(903, WireType.StartGroup)
    .tag(1, WireType.Varint)
    .uint32(1)
    .tag(903, WireType.EndGroup)
    .tag(1, WireType.Varint)
    .uint32(1)
    .finish();
  fc.assert(
    fc.property(value, (plain) => {
      const bytes = Buffer.concat([unknown, codec.encode(plain), unknown]);
      assert.deepEqual(clean(codec.decode(bytes)), clean(plain));
    }),
    { numRuns: 20 },
  );
});

function decodesOrRefuses(bytes: Uint8Array): void {
  try {
    codec.decode(bytes);
  } catch (error) {
    assert.ok(isAppError(error) && error.reason === "MALFORMED_MESSAGE", String(error));
  }
}

test("truncated, mutated and random bytes are read or refused as MALFORMED_MESSAGE, never more", () => {
  const cut = fc.tuple(value, fc.nat(), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }));
  fc.assert(
    fc.property(cut, ([plain, length, changes]) => {
      const bytes = codec.encode(plain);
      decodesOrRefuses(bytes.subarray(0, length % (bytes.length + 1)));
      for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
      decodesOrRefuses(bytes);
    }),
    { numRuns: 300 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), decodesOrRefuses), { numRuns: 300 });
});

test("a missing field stays missing, a zero is a zero, a missing list or map is empty", () => {
  const empty = codec.decode(new Uint8Array());
  const collections = { colors: [], numbers: [], words: [], times: [], counts: {}, trees: {}, places: [], list: [] };
  assert.deepEqual(empty, collections);
  const zeros = { text: "", small: 0, whole: 0, real: 0, flag: false, data: "" };
  assert.deepEqual(codec.decode(codec.encode({ ...collections, ...zeros })), { ...collections, ...zeros });
});

test("an enum's zero and unknown numbers become texts that no schema accepts", () => {
  const number = (value: number): Uint8Array => new BinaryWriter().tag(11, WireType.Varint).uint32(value).finish();
  assert.equal(codec.decode(number(0)).color, "Color(0)");
  assert.equal(codec.decode(number(77)).color, "Color(77)");
  assert.equal(codec.decode(number(2)).color, "dark-blue");
});

test("a text that the contract takes for no timestamp is not written as one", () => {
  for (const at of ["2026-11-23", "2026-02-30T00:00:00Z", "23 Nov 2026", "2026-11-23T01:00", ""])
    assert.throws(() => codec.encode({ at }), /not a timestamp/, at);
  assert.equal(codec.decode(codec.encode({ at: "2026-11-23T02:00:00.1239+01:00" })).at, "2026-11-23T01:00:00.123Z");
});

test("an int64 outside of the safe range stays outside of it", () => {
  for (const big of ["9007199254740993", "-9007199254740993", "9223372036854775807", "-9223372036854775808"]) {
    const { whole } = codec.decode(toBinary(reference, fromJson(reference, { whole: big })));
    assert.equal(Number.isSafeInteger(whole), false, big);
  }
});

test("text that is not UTF-8 is refused", () => {
  const bytes = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(Uint8Array.of(0xc3, 0x28)).finish();
  assert.throws(() => codec.decode(bytes), { reason: "MALFORMED_MESSAGE" });
});

function nestedTree(depth: number): Plain {
  return depth === 0 ? { name: "leaf", children: [] } : { name: "", children: [nestedTree(depth - 1)] };
}

function wrapped(bytes: Uint8Array, fields: readonly number[]): Uint8Array {
  return fields.reduce(
    (inner, field) => new BinaryWriter().tag(field, WireType.LengthDelimited).bytes(inner).finish(),
    bytes,
  );
}

test("messages and JSON values deeper than the limit are refused on the way in and out", () => {
  assert.doesNotThrow(() => codec.decode(codec.encode({ tree: nestedTree(90) })));
  assert.throws(() => codec.encode({ tree: nestedTree(100) }), /nested/);
  const deep = wrapped(new Uint8Array(), [...Array.from({ length: 5000 }, () => 2), 26]);
  assert.throws(() => codec.decode(deep), { reason: "MALFORMED_MESSAGE" });
  const deepJson = wrapped(new Uint8Array(), [
    ...Array.from({ length: 5000 }, (_, index) => (index % 2 === 0 ? 1 : 6)),
    28,
  ]);
  assert.throws(() => codec.decode(deepJson), { reason: "MALFORMED_MESSAGE" });
});

test("a map's key named __proto__ is a key", () => {
  const bytes = codec.encode({ counts: JSON.parse('{"__proto__":1}'), anything: JSON.parse('{"__proto__":{"x":1}}') });
  const { counts, anything } = codec.decode(bytes);
  assert.deepEqual(Object.keys(counts as Plain), ["__proto__"]);
  assert.deepEqual(Object.keys(anything as Plain), ["__proto__"]);
  assert.equal(Object.getPrototypeOf(counts), Object.prototype);
});

test("the last member of a oneof counts, and parts of one message merge", () => {
  const parts = [
    { note: "a" },
    { note: null },
    { place: { latitude: 1, longitude: 2, tags: ["x"] } },
    { place: { latitude: 3, tags: ["y"] } },
  ];
  const bytes = Buffer.concat(parts.map((part) => codec.encode(part)));
  const { note, place } = codec.decode(bytes);
  assert.equal(note, null);
  assert.deepEqual(place, { latitude: 3, longitude: 2, tags: ["x", "y"] });
  const changes = [{ change: { type: "posted", body: "b" } }, { change: { type: "cleared" } }];
  assert.deepEqual(codec.decode(Buffer.concat(changes.map((part) => codec.encode(part)))).change, { type: "cleared" });
});

test("a field may be called as what every object inherits", () => {
  const field = {
    key: "constructor",
    name: "constructor",
    jsonName: "constructor",
    number: 1,
    cardinality: "optional",
  } as const;
  const rest = {
    oneof: undefined,
    tag: undefined,
    comment: undefined,
    type: { kind: "scalar", scalar: "string" },
  } as const;
  const message = {
    name: "M",
    fullName: "p.M",
    file: "f",
    comment: undefined,
    discriminator: undefined,
    messages: [],
    enums: [],
    reserved: { names: [], numbers: [] },
  };
  const own = createCodecs()({ ...message, fields: [{ ...field, ...rest }] });
  assert.equal(own.encode({}).length, 0);
  assert.deepEqual(Object.entries(own.decode(own.encode({ constructor: "c" }))), [["constructor", "c"]]);
});

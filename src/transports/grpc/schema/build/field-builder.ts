// The fields that one property of an object becomes: one, or for a nullable property the two members of a oneof.

import type { z } from "zod";
import { modelInfo } from "../../../../contract/model.ts";
import { wireKindOf } from "../../../../contract/schema.ts";
import { snakeCase } from "../../../../core/text.ts";
import { defaultJsonName } from "../names.ts";
import type { Cardinality, ValueType } from "../wire-types.ts";
import { type Building, commentOf, type Draft, type Place } from "./building.ts";
import type { TypeBuilder } from "./type-builder.ts";
import { type Unwrapped, unwrap } from "./unwrap.ts";

/** The drafts of one property; none when a problem was listed. */
export type FieldBuilder = (key: string, schema: z.core.$ZodType, place: Place) => Draft[];

/** Builds fields of the types that `types` makes. */
export function createFieldBuilder(building: Building, types: TypeBuilder): FieldBuilder {
  const refuse = (path: string, problem: string): [] => {
    building.problems.push(`${path}: ${problem}`);
    return [];
  };

  function drafts(key: string, schema: z.core.$ZodType, outer: Place): Draft[] {
    const place = { ...outer, path: outer.path.endsWith(" ") ? outer.path + key : `${outer.path}.${key}` };
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(key)) return refuse(place.path, "use letters, digits and _ in field names");
    const unwrapped = unwrap(schema, place.direction);
    if (unwrapped === undefined) return refuse(place.path, "a transform has no type that gRPC could carry");
    const make = draftMaker(key, commentOf(schema) ?? commentOf(unwrapped.schema));
    const { def } = unwrapped.schema._zod;
    const isPlain = wireKindOf(unwrapped.schema) === undefined && modelInfo(unwrapped.schema) === undefined;
    if (isPlain && (def.type === "array" || def.type === "record")) {
      if (unwrapped.nullable)
        return refuse(place.path, "a list or map that may be null has no gRPC form: let it be empty");
      return def.type === "array" ? list(key, def.element, place, make) : map(key, def, place, make);
    }
    return single(key, unwrapped, place, make);
  }

  function single(key: string, { schema, nullable }: Unwrapped, place: Place, make: DraftMaker): Draft[] {
    const type = types.value(schema, key, false, place);
    if (type === undefined) return [];
    if (nullable && type.kind !== "json") return make.nullable(type);
    return [make.one(type, type.kind === "scalar" || type.kind === "enum" ? "optional" : "single")];
  }

  function list(key: string, element: z.core.$ZodType, outer: Place, make: DraftMaker): Draft[] {
    const place = { ...outer, path: `${outer.path}[]` };
    const type = itemType(key, element, place);
    return type === undefined ? [] : [make.one(type, "repeated")];
  }

  function map(key: string, def: z.core.$ZodRecordDef, outer: Place, make: DraftMaker): Draft[] {
    const keys = unwrap(def.keyType, outer.direction)?.schema._zod.def;
    const isText =
      keys?.type === "string" ||
      (keys?.type === "enum" && Object.values(keys.entries).every((text) => typeof text === "string")) ||
      (keys?.type === "literal" && keys.values.every((text) => typeof text === "string"));
    if (!isText) return refuse(outer.path, "a map whose keys are not texts has no gRPC form");
    const type = itemType(key, def.valueType, { ...outer, path: `${outer.path}{}` });
    return type === undefined ? [] : [make.one(type, "map")];
  }

  function itemType(key: string, schema: z.core.$ZodType, place: Place): ValueType | undefined {
    const item = unwrap(schema, place.direction);
    if (item === undefined) refuse(place.path, "a transform has no type that gRPC could carry");
    else if (item.nullable && wireKindOf(item.schema) !== "json")
      refuse(place.path, "an item that may be null has no gRPC form");
    else return types.value(item.schema, key, true, place);
    return undefined;
  }

  return drafts;
}

interface DraftMaker {
  one(type: ValueType, cardinality: Cardinality): Draft;
  /** A oneof of the value and of null. */
  nullable(type: ValueType): Draft[];
}

function draftMaker(key: string, comment: string | undefined): DraftMaker {
  const name = snakeCase(key);
  const common = { key, tag: undefined, comment };
  const oneof = `${name}_or_null`;
  const nullName = `${name}_null`;
  return {
    one: (type, cardinality) => ({ ...common, name, jsonName: key, type, cardinality, oneof: undefined }),
    nullable: (type) => [
      { ...common, name, jsonName: key, type, cardinality: "single", oneof },
      {
        ...common,
        name: nullName,
        jsonName: defaultJsonName(nullName),
        type: { kind: "null" },
        cardinality: "single",
        oneof,
        comment: undefined,
      },
    ],
  };
}

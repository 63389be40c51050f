// Makes messages of object and union schemas. Whatever has no faithful form becomes a problem that names its path.

import type { z } from "zod";
import { snakeCase } from "../../../../core/text.ts";
import { defaultJsonName } from "../names.ts";
import { type Building, commentOf, type Draft, type Fill, isUnion, type Place } from "./building.ts";
import { createFieldBuilder } from "./field-builder.ts";
import { createTypeBuilder } from "./type-builder.ts";
import { unwrap } from "./unwrap.ts";

/** The function that fills messages from schemas, nested ones included. */
export function createMessageBuilder(building: Building): Fill {
  const fill: Fill = (schema, place) => {
    const inside: Place = { ...place, around: [...place.around, schema] };
    number(isUnion(schema) ? unionDrafts(schema, inside) : objectDrafts(schema, inside), inside);
  };
  const types = createTypeBuilder(building, fill);
  const draftsOf = createFieldBuilder(building, types);

  function objectDrafts(schema: z.core.$ZodObject, place: Place): Draft[] {
    const { shape, catchall } = schema._zod.def;
    if (catchall !== undefined && catchall._zod.def.type !== "never")
      building.problems.push(`${place.path}: an object with unknown fields has no gRPC form: use a record or json()`);
    return Object.entries(shape)
      .filter(([key]) => key !== place.omit)
      .flatMap(([key, field]) => draftsOf(key, field, place));
  }

  function unionDrafts(schema: z.core.$ZodDiscriminatedUnion, place: Place): Draft[] {
    const { discriminator, options } = schema._zod.def;
    return options.flatMap((option) => memberDraft(option, discriminator, place));
  }

  function memberDraft(option: z.core.$ZodType, discriminator: string, place: Place): Draft[] {
    const member = unwrap(option, place.direction)?.schema;
    const tag = member === undefined ? undefined : tagOf(member, discriminator);
    const name = snakeCase(tag?.replaceAll(/[-. ]/g, "_") ?? "");
    if (member === undefined || tag === undefined || !/^[a-z][a-z0-9_]*$/.test(name)) {
      building.problems.push(
        `${place.path}: each member of the union must be an object whose "${discriminator}" is one text literal made of letters, digits, "_", "-" and "."`,
      );
      return [];
    }
    const type = types.member(member, tag, discriminator, place);
    const common = { key: discriminator, name, jsonName: defaultJsonName(name), tag, comment: commentOf(option) };
    return type === undefined ? [] : [{ ...common, type, cardinality: "single", oneof: snakeCase(discriminator) }];
  }

  function number(drafts: readonly Draft[], { message, path }: Place): void {
    building.problems.push(...clashes(drafts, { message, path }));
    const names = drafts.map((draft) => draft.name);
    const numbers = building.numbering.numbers(message.fullName, names);
    for (const [index, draft] of drafts.entries()) message.fields.push({ ...draft, number: numbers[index] as number }); // a numbering answers one number per name
    message.reserved = building.numbering.reserved(message.fullName);
  }

  return fill;
}

function clashes(drafts: readonly Draft[], { message, path }: Pick<Place, "message" | "path">): string[] {
  const oneofs = new Set(drafts.flatMap((draft) => draft.oneof ?? []));
  const nested = [...message.messages, ...message.enums].map((type) => type.name);
  const seen = new Set<string>();
  return [...drafts.map((draft) => draft.name), ...oneofs, ...nested].flatMap((name) => {
    const taken = seen.has(name);
    seen.add(name);
    return taken ? [`${path.replace(/: $/, "")}: two members are called ${name} on gRPC: rename one`] : [];
  });
}

function tagOf(member: z.core.$ZodTypes, discriminator: string): string | undefined {
  const { def } = member._zod;
  const schema = def.type === "object" ? def.shape[discriminator] : undefined;
  const literal = schema === undefined ? undefined : unwrap(schema, "input")?.schema._zod.def;
  const value = literal?.type === "literal" && literal.values.length === 1 ? literal.values[0] : undefined;
  return typeof value === "string" ? value : undefined;
}

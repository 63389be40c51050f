// The form of a lock's file, to see whether one that was merged or edited by hand can still be used.

import { z } from "zod";
import type { EnumForm, MessageForm, WireForm } from "./wire-form.ts";

const named = <T extends z.ZodType>(value: T) => z.record(z.string(), value);
const schema = named(z.unknown());
const number = z.int().min(1);
const common = { gone: z.literal(true).optional() };
const reserved = z.object({ names: z.array(z.string()), numbers: z.array(number) }).optional();
const field = z.object({ number, type: z.string(), oneof: z.string().optional(), json: z.string() });

const operation = z.object({
  kind: z.string(),
  http: z.object({ method: z.string(), path: z.string(), status: z.int(), location: z.string().optional() }),
  access: z.array(z.string()),
  idempotency: z.string(),
  versioned: z.boolean(),
  input: schema,
  item: schema.optional(),
  output: schema.optional(),
  failures: named(z.object({ code: z.string(), details: schema })),
});

/** All that is read of a lock. What else it holds is left alone. */
export const lockSchema = z.object({
  lock: z.literal(1),
  app: z.string(),
  accepted: z.array(z.object({ change: z.string(), version: z.string() })),
  operations: named(operation),
  models: z.object({ input: named(schema), output: named(schema) }),
  events: named(z.object({ version: z.int(), stream: z.string(), data: schema })),
  wire: z.object({
    messages: named(z.object({ ...common, fields: named(field), reserved })),
    enums: named(z.object({ ...common, values: named(number), reserved })),
    methods: named(z.object({ input: z.string(), output: z.string(), streams: z.string() })),
  }),
});

/** Numbers of a message or enum that mean two things, in words: nobody could tell which. */
export function doubleNumbers({ messages, enums }: WireForm): string[] {
  return [
    ...Object.entries(messages).flatMap(([name, { fields, reserved: before }]) => {
      const numbers = Object.entries(fields).map(([field, { number: own }]): [string, number] => [field, own]);
      return doubles(name, numbers, before);
    }),
    ...Object.entries(enums).flatMap(([name, { values, reserved: before }]) =>
      doubles(name, Object.entries(values), before),
    ),
  ];
}

function doubles(
  type: string,
  members: readonly (readonly [string, number])[],
  before: (MessageForm | EnumForm)["reserved"],
): string[] {
  const owners = new Map<number, string>();
  return members.flatMap(([name, own]) => {
    const other = owners.get(own);
    owners.set(own, name);
    if (other !== undefined) return [`${type}: ${other} and ${name} have the number ${own}`];
    return before?.numbers.includes(own) ? [`${type}: ${name} has the number ${own}, which is reserved`] : [];
  });
}

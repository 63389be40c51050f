// The service under simulation: notes x and y, read together and written apart or together.

import { z } from "zod";
import { command } from "../../../contract/kinds/command.ts";
import { query } from "../../../contract/kinds/query.ts";
import { model } from "../../../contract/model.ts";
import { createRegistry, type RegisteredOperation } from "../../../contract/registry.ts";
import { service } from "../../../contract/service.ts";
import type { RowSource } from "../../../repository/row-source.ts";
import { table } from "../../../repository/table.ts";
import type { Session } from "../../../service/environment.ts";
import { type Implementation, implement } from "../../../service/implement.ts";

const Note = model("Note", { id: z.string(), value: z.int() });
const noteTable = table(Note, { name: "notes" });

const reading = {
  input: { names: z.string() },
  output: z.object({ values: z.array(z.int()) }),
  access: "public",
  consistent: true,
} as const;

const notes = service(
  "notes",
  { version: 1 },
  {
    read: query({ ...reading, summary: "Read, perhaps from the cache", http: "GET /notes/{names}", cache: "10m" }),
    direct: query({ ...reading, summary: "Read from the database", http: "GET /notes/{names}/direct" }),
    write: command({
      summary: "Write all of them",
      http: "PUT /notes/{names}",
      input: { names: z.string(), value: z.int() },
      access: "public",
    }),
  },
);

async function valuesOf(names: string, ctx: Parameters<typeof noteTable.find>[0]): Promise<{ values: number[] }> {
  const values: number[] = [];
  for (const name of names) values.push((await noteTable.find(ctx, name))?.value ?? 0);
  return { values };
}

const implementation: Implementation = implement(notes, {
  read: ({ names }, ctx) => valuesOf(names, ctx),
  direct: ({ names }, ctx) => valuesOf(names, ctx),
  async write({ names, value }, ctx) {
    for (const name of names) await noteTable.update(ctx, name, { value });
  },
});

/** The handlers by their operations' names. */
export const noteHandlers = implementation.handlers;

/** The operations by their names. */
export const noteOperations: ReadonlyMap<string, RegisteredOperation> = new Map(
  createRegistry("simulation", [notes]).operations.map((operation) => [operation.name, operation]),
);

/** The rows, by statements that the simulated database knows. */
export function noteRows(session: Session): RowSource {
  return {
    async find(_table, key) {
      return (await session.query({ text: "find", values: [key.id] })).rows[0];
    },
    async update(_table, key, changes) {
      const { rows } = await session.query({ text: "update", values: [key.id, changes.value] });
      return rows[0] ?? key;
    },
    insert: unused,
    remove: unused,
    page: unused,
  };
}

function unused(): never {
  throw new Error("the simulation only finds and updates");
}

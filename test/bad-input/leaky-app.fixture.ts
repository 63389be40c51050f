// An app whose handlers fail with a secret in every place where an error can hold one. Started by secrets.test.ts.

import { readFile } from "node:fs/promises";
import { AppError, type Context, createApp, implement, run, type Sql, sql } from "trivium";
import { command, failure, query, service, z } from "trivium/contract";

/** What must be in no answer. Also a word that SQL takes without quotes. */
export const plantedSecret = "planted_s3cret_4711";

const Refused = failure("LEAK_REFUSED", { code: "FAILED_PRECONDITION", message: `Refused. ${"Again. ".repeat(300)}` });
const Detailed = failure("LEAK_DETAILED", {
  code: "NOT_FOUND",
  message: "Not found",
  details: { shown: z.string() },
});

const cyclic: Record<string, unknown> = { secret: plantedSecret };
cyclic.self = cyclic;
const raw = (text: string): Sql => sql(Object.assign([text], { raw: [text] }));
type Database = Pick<Context, "db">;

const row = z.object({ n: z.int() });

/** Everything that a handler may do wrong, by name. What it answers must pass the contract, or not be seen. */
const leaks: Readonly<Record<string, (ctx: Database) => unknown>> = {
  message: () => Promise.reject(new Error(plantedSecret)),
  type: () => Promise.reject(new TypeError(plantedSecret, { cause: { plantedSecret } })),
  cause: () => Promise.reject(new Error("outer", { cause: new Error("inner", { cause: plantedSecret }) })),
  aggregate: () => Promise.reject(new AggregateError([new Error(plantedSecret)], plantedSecret)),
  fields: () =>
    Promise.reject(Object.assign(new Error("x"), { reason: plantedSecret, details: cyclic, statusCode: 418 })),
  likeness: () =>
    Promise.reject(
      Object.assign(new Error(plantedSecret), { name: "AppError", reason: plantedSecret, code: "NOT_FOUND" }),
    ),
  text: () => Promise.reject(plantedSecret),
  nothing: () => Promise.reject(undefined),
  cycle: () => Promise.reject(cyclic),
  trap: () =>
    Promise.reject(
      Object.defineProperty(new Error("x"), "message", {
        get: () => {
          throw new Error(plantedSecret);
        },
      }),
    ),
  file: () => readFile(`/nowhere/${plantedSecret}`),
  parse: () => JSON.parse(plantedSecret),
  schema: () => z.object({ a: z.literal(plantedSecret) }).parse({ a: 1, plantedSecret }),
  sqlText: (ctx) => ctx.db.rows(raw(`select '${plantedSecret}'::int as n`), row),
  sqlSyntax: (ctx) => ctx.db.rows(raw(`selec ${plantedSecret}`), row),
  sqlValue: (ctx) => ctx.db.rows(sql`select ${plantedSecret}::int as n`, row),
  sqlRows: (ctx) => ctx.db.rows(sql`select ${plantedSecret}::text as n`, row),
  sqlRaised: (ctx) =>
    ctx.db.rows(
      raw(
        `do $$ begin raise exception using message = '${plantedSecret}', detail = '${plantedSecret}', hint = '${plantedSecret}', errcode = '23505'; end $$`,
      ),
      row,
    ),
  output: () => ({ n: plantedSecret }),
  extraOutput: () => ({ n: 1, plantedSecret }),
  failure: () =>
    Promise.reject(
      new AppError({
        code: Refused.code,
        reason: Refused.reason,
        message: Refused.message,
        cause: new Error(plantedSecret),
      }),
    ),
  uncarried: () =>
    Promise.reject(
      new AppError({ code: "ABORTED", reason: "UNCARRIED", message: "Uncarried", details: { n: 1n, cyclic } }),
    ),
  codeless: () =>
    Promise.reject(new AppError({ code: plantedSecret as "ABORTED", reason: "CODELESS", message: "Codeless" })),
  rejection: () => {
    void Promise.reject(new Error(plantedSecret));
    return new Promise((resolve) => setImmediate(resolve, { n: 1 }));
  },
};

/** The names, for the test. */
export const leakNames = Object.keys(leaks);

const input = { how: z.string().refine((how) => how !== "validation" || fail()) };

function fail(): never {
  throw new Error(plantedSecret);
}

const contract = service(
  "leaks",
  { version: 1, summary: "Operations that fail with a secret" },
  {
    read: query({
      summary: "Fail while reading",
      http: "GET /leaks/{how}",
      input,
      output: row,
      access: "public",
      failures: [Refused, Detailed],
    }),
    write: command({
      summary: "Fail while writing",
      http: "POST /leaks/{how}",
      input,
      output: row,
      access: "public",
      failures: [Refused, Detailed],
    }),
    nested: command({
      summary: "Fail in a call of another operation, after a failure was caught",
      http: "POST /nested-leaks/{how}",
      input,
      output: row,
      access: "public",
    }),
  },
);

const leak = async (how: string, ctx: Database): Promise<{ n: number }> => (await leaks[how]?.(ctx)) as { n: number }; // mostly a lie, which is what is tested

export const app = createApp({
  name: "leaky",
  services: [
    implement(contract, {
      read: {
        authorize: async ({ how }) => {
          if (how === "authorize") fail();
        },
        handle: ({ how }, ctx) => leak(how, ctx),
      },
      write: {
        prepare: async ({ how }) => {
          if (how === "prepare") fail();
        },
        handle: ({ how }, ctx) => leak(how, ctx),
      },
      async nested({ how }, ctx) {
        await ctx.try(() => ctx.call(contract.write, { how })).catch(() => undefined);
        return ctx.call(contract.write, { how });
      },
    }),
  ],
});

if (import.meta.main) await run(app);

// A small service of accounts with balances, over a real database: for the tests of units of work.

import assert from "node:assert/strict";
import { z } from "zod";
import { type App, type AppDefinition, createApp } from "../app/app.ts";
import { createRuntime, type Runtime } from "../app/runtime.ts";
import type { User } from "../contract/access.ts";
import { event, stream } from "../contract/event.ts";
import { failure } from "../contract/failure.ts";
import { command } from "../contract/kinds/command.ts";
import { query } from "../contract/kinds/query.ts";
import { model } from "../contract/model.ts";
import type { Operation } from "../contract/operation.ts";
import { service } from "../contract/service.ts";
import { AppError } from "../core/app-error.ts";
import { systemClock } from "../core/clock.ts";
import type { Database } from "../database/database.ts";
import { sql } from "../database/statement.ts";
import { announceEvents } from "../events/announcement.ts";
import { createLiveHub, type LiveHub } from "../events/live/live-hub.ts";
import type { CallRequest, Credential, Outcome } from "../pipeline/call.ts";
import { sqlRowSource } from "../repository/sources/sql-rows.ts";
import { table } from "../repository/table.ts";
import type { CommandContext, QueryContext } from "./context.ts";
import { prepared } from "./handler.ts";
import { type Handlers, implement } from "./implement.ts";
import { createSqlRecords } from "./records/sql-records.ts";

export const Purse = model("Purse", { id: z.string(), coins: z.int(), version: z.int() });
export const purseTable = table(Purse, { name: "purses", version: "version" });
export const purseStream = stream("purse");
export const PurseChanged = event("purse.changed", { stream: purseStream, key: (purse) => purse.id, data: Purse });
export const Empty = failure("PURSE_EMPTY", { code: "FAILED_PRECONDITION", message: "The purse is empty" });

const on = {
  input: { id: z.string(), by: z.int().default(1) },
  access: "public",
  failures: [Empty],
  emits: [PurseChanged],
} as const;

export const purses = service(
  "purses",
  { version: 1 },
  {
    open: command({ ...on, summary: "Open", http: "POST /purses", output: Purse }),
    change: command({ ...on, summary: "Change", http: "POST /purses/{id}/change", output: Purse }),
    strict: command({
      ...on,
      summary: "Change, serializable",
      http: "POST /purses/{id}/strict",
      output: Purse,
      isolation: "serializable",
    }),
    custom: command({ ...on, summary: "Whatever the test says", http: "POST /purses/{id}/custom" }),
    prepared: command({ ...on, summary: "Open, after a slow part", http: "POST /purses/{id}/prepared", output: Purse }),
    outer: command({ ...on, summary: "Whatever the test says", http: "POST /purses/{id}/outer" }),
    read: query({
      summary: "Read",
      http: "GET /purses/{id}",
      input: { id: z.string() },
      output: Purse,
      access: "public",
      failures: [Empty],
    }),
    look: query({
      summary: "Whatever the test says",
      http: "GET /purses/{id}/look",
      input: { id: z.string() },
      access: "public",
      consistent: true,
    }),
  },
);

export type CustomContext = CommandContext<(typeof purses)["custom"]>;
export type LookContext = QueryContext<(typeof purses)["look"]>;

/** The one counter that the bench knows. */
export const declaredCounter = "coins";

/** What a test lets the custom operations do. */
export interface Customs {
  open?: (ctx: CommandContext<(typeof purses)["open"]>, id: string) => Promise<z.output<typeof Purse>>;
  strict?: (ctx: CommandContext<(typeof purses)["strict"]>, id: string) => Promise<z.output<typeof Purse>>;
  prepare?: () => Promise<void>;
  custom?: (ctx: CustomContext, id: string) => Promise<void>;
  outer?: (ctx: CustomContext, id: string) => Promise<void>;
  look?: (ctx: LookContext, id: string) => Promise<void>;
}

async function change(ctx: CommandContext<(typeof purses)["change"]>, id: string, by: number) {
  const found = await purseTable.get(ctx, id, Empty);
  const purse = await purseTable.update(ctx, id, { coins: found.coins + by }, { version: found.version });
  ctx.emit(PurseChanged, purse);
  return purse;
}

function handlers(customs: Customs): Handlers<Pick<typeof purses, Extract<keyof typeof purses, string>>> {
  return {
    async open({ id, by }, ctx) {
      if (customs.open !== undefined) return customs.open(ctx, id);
      const purse = await purseTable.insert(ctx, { id, coins: by });
      ctx.emit(PurseChanged, purse);
      return purse;
    },
    change: ({ id, by }, ctx) => change(ctx, id, by),
    strict: ({ id, by }, ctx) => customs.strict?.(ctx, id) ?? change(ctx, id, by),
    prepared: prepared(
      async () => customs.prepare?.(),
      ({ id, by }, ctx) => purseTable.insert(ctx, { id, coins: by }),
    ),
    custom: ({ id }, ctx) => customs.custom?.(ctx, id) ?? Promise.resolve(),
    outer: ({ id }, ctx) => customs.outer?.(ctx, id) ?? Promise.resolve(),
    read: ({ id }, ctx) => purseTable.get(ctx, id, Empty),
    look: ({ id }, ctx) => customs.look?.(ctx, id) ?? Promise.resolve(),
  };
}

/** The app over a database, callable in-process. */
export interface PurseBench {
  readonly app: App;
  readonly runtime: Runtime;
  readonly live: LiveHub;
  call(operation: Operation, input: object, request?: Partial<CallRequest>): Promise<Outcome>;
  /** The value, or the error thrown. */
  get<T>(operation: Operation, input: object, request?: Partial<CallRequest>): Promise<T>;
  /** Events of one purse by sequence. */
  events(id: string): Promise<{ sequence: number; data: z.output<typeof Purse> }[]>;
}

/** Makes the table and the app. The database has the foundation's own schema already. */
export async function createPurseBench(
  database: Database,
  customs: Customs = {},
  consumers: AppDefinition["consumers"] = [],
  services: AppDefinition["services"] = [],
): Promise<PurseBench> {
  await database.query({
    text: "create table if not exists purses (id text primary key, coins bigint not null check (coins >= -1000000), version bigint not null)",
    values: [],
  });
  const app = createApp({ name: "bench", services: [implement(purses, handlers(customs)), ...services], consumers });
  if (app.registry.problems.length > 0) throw new Error(app.registry.problems.join("\n"));
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const live = createLiveHub({ database, log });
  const runtime = createRuntime(app, {
    database,
    rowsOver: (session) => sqlRowSource((statement) => session.query(statement)),
    records: createSqlRecords(),
    coherence: undefined,
    live,
    eventsCommitted: (events) => announceEvents(database.wakeups, events),
    clock: systemClock,
    auth: { issueToken: nobody, hashPassword: nobody, verifyPassword: nobody },
    log,
    metrics: { count: (name) => assert.equal(name, declaredCounter) },
    traceHeaders: () => ({}),
    traceEvent: (_consumer, _event, work) => work(),
    telemetry: { start: () => ({ run: (rest) => rest(), end: () => undefined }), message: () => undefined },
    admission: { enter: () => undefined, leave: () => undefined },
    authenticator: { authenticate: userOf },
    times: { defaultTimeout: 10_000, maxTimeout: 30_000 },
  });
  const registered = new Map(app.registry.operations.map((operation) => [operation.contract, operation]));
  const call = (operation: Operation, input: object, request: Partial<CallRequest> = {}): Promise<Outcome> => {
    const found = registered.get(operation);
    if (found === undefined) throw new Error("not an operation of the bench");
    return runtime.pipeline.run({ operation: found, road: "http", input, ...request });
  };
  return {
    app,
    runtime,
    live,
    call,
    async get<T>(operation: Operation, input: object, request: Partial<CallRequest> = {}) {
      const outcome = await call(operation, input, request);
      if (!outcome.ok) throw outcome.error;
      return outcome.value as T; // the test knows the operation
    },
    async events(id) {
      const found = await database.query(
        sql`select sequence, payload from trivium.outbox where stream = 'purse' and key = ${id} order by sequence`,
      );
      return found.rows.map((row) => ({ sequence: Number(row.sequence), data: Purse.parse(row.payload) }));
    },
  };
}

/** The request of a user with an idempotency key. */
export function asUser(userId: string, idempotencyKey?: string): Partial<CallRequest> {
  return { credential: { kind: "local", userId }, idempotencyKey };
}

/** Tokens are user ids. */
function userOf(credential: Credential): User | undefined {
  const id = credential.kind === "local" ? credential.userId : credential.token;
  return id === undefined ? undefined : { id, roles: [], scopes: [] };
}

function nobody(): Promise<never> {
  return Promise.reject(
    new AppError({ code: "UNIMPLEMENTED", reason: "NO_AUTH", message: "The bench signs nobody in" }),
  );
}

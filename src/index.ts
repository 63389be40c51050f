// trivium: what a service's own side is written with. Contracts come from trivium/contract.

export { createApp } from "./app/app.ts";
export { run } from "./app/program/run.ts";
export { AppError, isAppError } from "./core/app-error.ts";
export { SetupError } from "./core/setup-error.ts";
export { identifier, type Sql, sql } from "./database/statement.ts";
export type { Answer, Call, Middleware, Next } from "./pipeline/call.ts";
export type { Place, PlacedMiddleware } from "./pipeline/entry.ts";
export type { MessageHook, StreamMessage } from "./pipeline/steps/messages.ts";
export type { Items, SettledItem } from "./pipeline/stream-items.ts";
export { table } from "./repository/table.ts";
export { type ConsumerContext, consumer, on } from "./service/consumers/consumer.ts";
export type { CommandContext, Context, PrepareContext, QueryContext, StreamContext } from "./service/context.ts";
export { prepared } from "./service/handler.ts";
export { implement } from "./service/implement.ts";
export { each } from "./service/streams/each.ts";
export { merge } from "./service/streams/merge.ts";

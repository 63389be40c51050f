// trivium/contract: what a service declares. Browser-safe.

export { z } from "zod";
export { AppError, isAppError, type Violation } from "../core/app-error.ts";
export type { Code } from "../core/status.ts";
export type { Access, AccessRule, User } from "./access.ts";
export { type EventStream, type EventType, event, stream } from "./event.ts";
export { type DetailsOf, type Failure, type FailureError, failure, isFailure } from "./failure.ts";
export { bidiStream } from "./kinds/bidi-stream.ts";
export { clientStream } from "./kinds/client-stream.ts";
export { command } from "./kinds/command.ts";
export { query } from "./kinds/query.ts";
export { serverStream } from "./kinds/server-stream.ts";
export type { LimitKey, LimitOption, LimitPolicies, LimitRuleOption } from "./limits/limit.ts";
export type { LimitRate } from "./limits/rate.ts";
export { type Model, model } from "./model.ts";
export type { InputOf, ItemOf, Kind, Operation, OutputOf, StreamKind } from "./operation.ts";
export type { HttpBinding } from "./route.ts";
export { bytes, duration, json, type Shape, sensitive, timestamp } from "./schema.ts";
export { type Operations, type Service, service } from "./service.ts";

// Joins an app's operations, the pipeline and the service layer over given parts. Opens nothing, starts nothing.

import { isStream, type Operation } from "../contract/operation.ts";
import type { RegisteredOperation } from "../contract/registry.ts";
import { serviceInfo } from "../contract/service.ts";
import type { ConsumerSpec } from "../events/event-record.ts";
import type { PipelineEntry } from "../pipeline/entry.ts";
import { createPipeline, type Pipeline } from "../pipeline/pipeline.ts";
import type { PipelinePorts } from "../pipeline/ports.ts";
import { consumerSpec } from "../service/consumers/consumer-unit.ts";
import type { Environment } from "../service/environment.ts";
import { createExecutor } from "../service/executor.ts";
import type { HandlerParts } from "../service/handler.ts";
import { createStreamExecutor } from "../service/streams/stream-executor.ts";
import type { App } from "./app.ts";

/** What an app runs on: ports filled by adapters or, in tests, by memory. */
export interface RuntimeParts extends PipelinePorts, Omit<Environment, "find" | "nested" | "fromStream"> {}

/** An app that can take calls and events. */
export interface Runtime {
  readonly pipeline: Pipeline;
  readonly consumers: readonly ConsumerSpec[];
}

/** Builds every operation's chain and every consumer, once. */
export function createRuntime(app: App, parts: RuntimeParts): Runtime {
  const registered = new Map<Operation, RegisteredOperation>(
    app.registry.operations.map((operation) => [operation.contract, operation]),
  );
  const environment: Environment = {
    ...parts,
    find: (operation) => registered.get(operation),
    nested: (origin, operation, input) => pipeline.nested(origin, operation, input),
    fromStream: (parent, child) => pipeline.fromStream(parent, child),
  };
  const pipeline = createPipeline(
    app.registry.operations.map((operation) => entryOf(app, environment, operation)),
    parts,
  );
  const consumers = (app.definition.consumers ?? []).map((consumer) => consumerSpec(environment, consumer));
  return { pipeline, consumers };
}

function entryOf(app: App, environment: Environment, operation: RegisteredOperation): PipelineEntry {
  const implementation = app.definition.services.find(({ service }) => service[serviceInfo] === operation.service);
  const handler: HandlerParts<Operation> | undefined = implementation?.handlers[operation.name];
  if (implementation === undefined || handler === undefined) throw new Error(`${operation.id} has no handler`);
  return {
    operation,
    executor: isStream(operation.contract)
      ? createStreamExecutor(environment, operation, handler)
      : createExecutor(environment, operation, handler),
    middleware: [...(app.definition.middleware ?? []), ...implementation.middleware, ...(handler.middleware ?? [])],
  };
}

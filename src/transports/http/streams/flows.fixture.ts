// A small app of streams for the tests of this folder: one of each kind, whose handlers each test brings.

import type { TestContext } from "node:test";
import { errorFromFailure } from "../../../contract/failure.ts";
import { bidiStream, clientStream, failure, query, serverStream, service, z } from "../../../contract/index.ts";
import { createRegistry } from "../../../contract/registry.ts";
import type { Service } from "../../../contract/service.ts";
import { sleep } from "../../../core/async.ts";
import { appError, toAppError } from "../../../core/catalogue.ts";
import type { Call, CallRequest, Outcome } from "../../../pipeline/call.ts";
import { createPipeline, type Pipeline } from "../../../pipeline/pipeline.ts";
import type { HttpServerOptions } from "../options.ts";
import { createHttpServer, type HttpServer } from "../server.ts";

export const FlowNotFound = failure("FLOW_NOT_FOUND", {
  code: "NOT_FOUND",
  message: "There is no such flow",
  details: { name: z.string() },
});

/** The failure of the fixture. */
export const notFound = (): Error => errorFromFailure(FlowNotFound, { name: "x" });

const Answer = z.object({ n: z.int(), cursor: z.string().optional(), text: z.string().optional() });
const item = { n: z.int().min(0), text: z.string().optional() };
const common = { output: Answer, access: "public", failures: [FlowNotFound] } as const;

const flows = service(
  "flows",
  { version: 1 },
  {
    list: serverStream({
      summary: "List",
      http: "GET /flows/{name}",
      input: { name: z.string(), after: z.string().max(20).optional(), from: z.int().optional() },
      deprecated: { since: "2026-01-01" },
      ...common,
    }),
    find: serverStream({ summary: "Find", http: "POST /flows/find", input: { text: z.string() }, ...common }),
    closed: serverStream({ summary: "List for users", http: "GET /closed", ...common, access: "user" }),
    take: clientStream({
      summary: "Take",
      http: "POST /flows/{name}",
      open: { name: z.string(), scale: z.int().default(1) },
      item,
      ...common,
    }),
    drop: clientStream({
      summary: "Take and say nothing",
      http: "PUT /flows/{name}",
      open: { name: z.string() },
      item,
      access: "public",
    }),
    talk: bidiStream({
      summary: "Talk",
      http: "GET /talks/{name}",
      open: { name: z.string(), from: z.int().default(0) },
      item,
      ...common,
    }),
    secret: bidiStream({ summary: "Talk as a user", http: "GET /secret", item, ...common, access: "user" }),
    plain: query({ summary: "Answer once", http: "GET /plain", output: Answer, access: "public" }),
  },
);

/** The operations of the fixture. */
export const registry = createRegistry("flow-app", [flows as unknown as Service]); // operations are not covariant in their kind

/** What a stream answers with: many answers, or one. */
export type Handler = (input: Record<string, unknown>, call: Call) => AsyncIterable<unknown> | Promise<unknown>;

/** An open server over handlers. */
export interface Flows {
  readonly url: string;
  readonly port: number;
  readonly server: HttpServer;
  readonly pipeline: Pipeline;
  /** The outcomes of the calls that have ended. */
  readonly outcomes: Outcome[];
  /** Resolves with the outcome of the next call that ends. */
  nextOutcome(): Promise<Outcome>;
}

/** Opens a server; it is closed with the test. */
export async function openFlows(
  t: Pick<TestContext, "after">,
  handlers: Partial<Record<keyof typeof flows, Handler>>,
  options: Partial<HttpServerOptions> = {},
): Promise<Flows> {
  const pipeline = pipelineOver(handlers);
  const outcomes: Outcome[] = [];
  let ended = Promise.withResolvers<Outcome>();
  const run = async (request: CallRequest): Promise<Outcome> => {
    const outcome = await pipeline.run(request);
    outcomes.push(outcome);
    ended.resolve(outcome);
    ended = Promise.withResolvers();
    return outcome;
  };
  const server = await createHttpServer({
    ...{ registry, caller: { run }, host: "127.0.0.1", port: 0 },
    info: { title: "Flows", version: "1.0.0", license: "MIT" },
    ...options,
  });
  const url = await server.listen();
  t.after(() => server.close(0));
  return { url, port: Number(new URL(url).port), server, pipeline, outcomes, nextOutcome: () => ended.promise };
}

function pipelineOver(handlers: Partial<Record<string, Handler>>): Pipeline {
  return createPipeline(
    registry.operations.map((operation) => ({
      operation,
      middleware: [],
      executor: {
        authorize: undefined,
        async execute(call, checked) {
          const result = handlers[operation.name]?.(call.input as Record<string, unknown>, call); // inputs are objects
          if (call.send === undefined) return checked(await result);
          for await (const answer of stoppable(call, result as AsyncIterable<unknown>))
            await call.send(checked(answer)); // handlers of such streams are
          return undefined;
        },
      },
    })),
    {
      telemetry: { start: () => ({ run: (rest) => rest(), end: () => undefined }), message: () => undefined },
      admission: { enter: () => undefined, leave: () => undefined },
      authenticator: {
        async authenticate(credential) {
          const token = credential.kind === "bearer" ? credential.token : "";
          if (token.startsWith("slow")) await sleep(350);
          if (!token.endsWith("good")) throw appError("CREDENTIAL_INVALID");
          return { id: "user-1", roles: [], scopes: [] };
        },
      },
      times: { defaultTimeout: 10_000, maxTimeout: 60_000 },
    },
  );
}

/** Ends with the call, as streams of the service layer do. */
async function* stoppable(call: Call, answers: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  const { signal } = call;
  if (signal.aborted) throw toAppError(signal.reason);
  for await (const answer of answers) {
    if (signal.aborted) throw toAppError(signal.reason);
    yield answer;
  }
}

/** A number for every answer, for ever or up to one. */
export async function* numbers(to = Number.POSITIVE_INFINITY): AsyncGenerator<{ n: number }> {
  for (let n = 1; n <= to; n++) yield { n };
}

/** Waits until a call is cancelled. */
export function untilCancelled({ signal }: Call): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** The reason of an outcome. */
export const reasonOf = (outcome: Outcome): string => (outcome.ok ? "ok" : outcome.error.reason);

/** A number once it has stopped changing. */
export async function settled(read: () => number): Promise<number> {
  for (let before = read(); ; before = read()) {
    await sleep(200);
    if (read() === before) return before;
  }
}

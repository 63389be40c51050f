// One call over each road, as bytes of that road, and its outcome in one form.

import { type IncomingHttpHeaders, request } from "node:http";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import type { App } from "../../src/app/app.ts";
import type { RegisteredOperation } from "../../src/contract/registry.ts";
import { codeTable, isCode } from "../../src/core/status.ts";
import type { Caller } from "../../src/pipeline/call.ts";
import { commandPath } from "../../src/transports/cli/command-tree.ts";
import { createProgram } from "../../src/transports/cli/program.ts";
import { createCodecs } from "../../src/transports/grpc/codec.ts";
import { errorFromStatus } from "../../src/transports/grpc/error-map.ts";
import { createGrpcSchema } from "../../src/transports/grpc/schema/schema.ts";
import { createGrpcServer } from "../../src/transports/grpc/server.ts";
import { createHttpServer } from "../../src/transports/http/server.ts";
import { unknownField } from "./arbitrary.ts";

/** What a caller learns, whatever the road. */
export interface Seen {
  readonly value?: unknown;
  readonly code?: string;
  readonly reason?: string;
  readonly message?: string;
  /** As text: gRPC carries details as text. */
  readonly details?: Readonly<Record<string, string>>;
  /** Whether it was said to be the answer of an earlier call with the same idempotency key. */
  readonly replayed?: boolean;
  /** `path rule`, sorted. */
  readonly violations?: readonly string[];
  /** Everything that was answered, for looking for secrets. */
  readonly raw: string;
}

/** A road: undefined where the road cannot carry such an input at all. */
export type RoadCall = (
  operation: RegisteredOperation,
  input: Record<string, unknown>,
  token: string | undefined,
  idempotencyKey?: string,
) => Promise<Seen | undefined>;

/** Three roads to the same caller. */
export interface Roads {
  readonly http: RoadCall;
  readonly grpc: RoadCall;
  readonly cli: RoadCall;
  /** Base URL of HTTP. */
  readonly url: string;
  close(): Promise<void>;
}

/** Opens them on loopback. */
export async function openRoads({ registry }: App, caller: Caller): Promise<Roads> {
  const host = "127.0.0.1";
  const http = await createHttpServer({ registry, caller, host, port: 0, info: { title: "parity", version: "1" } });
  const health = { report: async () => ({ ready: true }), onChange: () => () => undefined };
  const grpc = createGrpcServer({ registry, caller, host, port: 0, health });
  const [httpUrl, grpcAddress] = [await http.listen(), await grpc.listen()];
  const client = new Client(grpcAddress, credentials.createInsecure());
  const schema = createGrpcSchema(registry);
  return {
    url: httpUrl,
    http: (operation, input, token, key) => overHttp(httpUrl, operation, input, headersOf(token, key)),
    grpc: (operation, input, token, key) => overGrpc(client, schema, operation, input, headersOf(token, key)),
    cli: (operation, input, token, key) => overCli(registry, caller, operation, input, token, key),
    async close() {
      client.close();
      await Promise.all([http.close(0), grpc.close(0)]);
    },
  };
}

/** The header fields of HTTP, and gRPC's metadata. */
function headersOf(token: string | undefined, key: string | undefined): Record<string, string> {
  return {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(key === undefined ? {} : { "idempotency-key": key }),
  };
}

async function overHttp(
  base: string,
  { route }: RegisteredOperation,
  input: Record<string, unknown>,
  headers: Record<string, string>,
): Promise<Seen | undefined> {
  const rest = { ...input };
  let path = route.path;
  for (const name of route.params) {
    // Without its last part, or with a dot for it, a path is another path.
    if (rest[name] === undefined || /^\.{0,2}$/.test(String(rest[name]))) return undefined;
    path = path.replace(`{${name}}`, encodeURIComponent(String(rest[name])));
    delete rest[name];
  }
  const inQuery = route.method === "GET" || route.method === "DELETE";
  const query = new URLSearchParams(
    Object.entries(rest).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  const answer = await send(
    `${base}${path}${inQuery && query !== "" ? `?${query}` : ""}`,
    route.method,
    headers,
    inQuery ? undefined : JSON.stringify(rest),
  );
  const body = answer.text === "" ? undefined : (JSON.parse(answer.text) as Record<string, unknown>);
  if (answer.status < 300)
    return { value: body, ...marked(answer.headers["idempotency-replayed"] === "true"), raw: answer.text };
  return { ...fromProblem(body ?? {}), raw: JSON.stringify(answer) };
}

function send(
  url: string,
  method: string,
  more: Record<string, string>,
  body: string | undefined,
): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...(body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
      ...more,
    };
    // Not fetch, which would tidy the path up before it sends it.
    const { hostname, port, origin } = new URL(url);
    const sent = request({ hostname, port, path: url.slice(origin.length), method, headers }, (response) => {
      text(response).then(
        (answer) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: answer }),
        reject,
      );
    });
    sent.on("error", reject).end(body);
  });
}

/** Whether a message can hold an input: a text that is no time has no form as a Timestamp. */
function isCarried(encode: () => unknown): boolean {
  try {
    encode();
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("not a timestamp")) return false;
    throw error;
  }
}

function overGrpc(
  client: Client,
  schema: ReturnType<typeof createGrpcSchema>,
  operation: RegisteredOperation,
  input: Record<string, unknown>,
  headers: Record<string, string>,
): Promise<Seen | undefined> {
  const method = schema.methods.find((each) => each.operation === operation);
  if (method === undefined) throw new Error(`${operation.id} has no method`);
  // On the wire an unknown field is skipped, as protobuf has it.
  if (unknownField in input) return Promise.resolve(undefined);
  const codecs = createCodecs();
  if (!isCarried(() => codecs(method.method.input).encode(input))) return Promise.resolve(undefined);
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return new Promise((resolve) => {
    let replayed = false;
    const call = client.makeUnaryRequest(
      method.path,
      (value: unknown) => codecs(method.method.input).encode(value),
      (bytes: Buffer) => codecs(method.method.output).decode(bytes),
      input,
      metadata,
      (error: ServiceError | null, value: unknown) => {
        if (error === null) {
          const answered = operation.contract.output === undefined ? undefined : value;
          return resolve({ value: answered, ...marked(replayed), raw: JSON.stringify(value) });
        }
        const raw = `${error.message} ${error.details} ${JSON.stringify(error.metadata.toJSON())} ${String(error.metadata.get("grpc-status-details-bin"))}`;
        resolve({ ...fromProblem({ ...errorFromStatus(error), detail: error.details }), raw });
      },
    );
    call.on("metadata", (answered) => {
      replayed = answered.get("idempotency-replayed")[0] === "true";
    });
  });
}

async function overCli(
  registry: App["registry"],
  caller: Caller,
  operation: RegisteredOperation,
  input: Record<string, unknown>,
  token: string | undefined,
  key: string | undefined,
): Promise<Seen> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const program = createProgram({
    registry,
    version: "1",
    open: async () => ({ caller, close: async () => undefined }),
    env: {},
    stdin: new PassThrough().end(),
    stdout,
    stderr,
    isTerminal: false,
    commands: [],
  });
  const args = [...commandPath(operation), "--json", `--input=${JSON.stringify(input)}`];
  if (token !== undefined) args.push("--token", token);
  if (key !== undefined) args.push(`--idempotency-key=${key}`);
  const exit = await program.run(args);
  stdout.end();
  stderr.end();
  const [out, err] = [await text(stdout), await text(stderr)];
  if (exit === 0)
    return {
      ...marked(err.includes("under the same key")),
      value: out === "" ? undefined : JSON.parse(out),
      raw: out + err,
    };
  const seen = fromProblem(JSON.parse(err) as Record<string, unknown>);
  if (!isCode(seen.code) || codeTable[seen.code].exit !== exit) throw new Error(`exit code ${exit} for ${seen.code}`);
  return { ...seen, raw: out + err };
}

function marked(replayed: boolean): Pick<Seen, "replayed"> {
  return replayed ? { replayed } : {};
}

function fromProblem(problem: Record<string, unknown>): Omit<Seen, "raw"> {
  const violations = problem.violations as { path: string; rule: string }[] | undefined;
  const details = problem.details as Record<string, unknown> | undefined;
  return {
    code: String(problem.code),
    reason: String(problem.reason),
    message: String(problem.detail),
    ...(details === undefined
      ? {}
      : { details: Object.fromEntries(Object.entries(details).map(([name, value]) => [name, asText(value)])) }),
    ...(violations === undefined || violations.length === 0
      ? {}
      : { violations: violations.map(({ path, rule }) => `${path} ${rule}`).toSorted() }),
  };
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

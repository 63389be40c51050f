// Calls to one process of the service over HTTP and gRPC: cheap enough that the load comes from the service, not from here.

import { Agent, type IncomingMessage, request } from "node:http";
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import chat from "../../reference/app.ts";
import { servedNumbers } from "../../src/app/contract-lock.ts";
import type { RegisteredOperation } from "../../src/contract/registry.ts";
import { fillPath } from "../../src/contract/route.ts";
import { createCodecs } from "../../src/transports/grpc/codec.ts";
import { errorFromStatus } from "../../src/transports/grpc/error-map.ts";
import { createGrpcSchema } from "../../src/transports/grpc/schema/schema.ts";
import type { ChatServer } from "../kit/chat-server.ts";
import type { Failure } from "./history.ts";

/** What came back. */
export type Outcome =
  | { readonly value: Readonly<Record<string, unknown>>; readonly failure?: undefined }
  | { readonly failure: Failure };

/** Calls an operation, such as `messages.get`. Never rejects. */
export type CallRoad = (
  operation: string,
  input: Readonly<Record<string, unknown>>,
  token: string,
  key?: string,
) => Promise<Outcome>;

/** Both roads to a process. */
export interface Caller {
  readonly http: CallRoad;
  readonly grpc: CallRoad;
  close(): void;
}

/** Milliseconds after which a client gives up: later than every promise of the service. */
const patience = 20_000;
const noAnswer: Failure = { code: "NO_ANSWER", reason: "NO_ANSWER" };
const operations = new Map(chat.registry.operations.map((operation) => [operation.id, operation]));

/** Opens both. */
export function openCaller(server: ChatServer): Caller {
  const agent = new Agent({ keepAlive: true });
  const client = new Client(server.grpc, credentials.createInsecure());
  return {
    http: httpRoad(server.http, agent),
    grpc: grpcRoad(client),
    close() {
      agent.destroy();
      client.close();
    },
  };
}

function operationOf(id: string): RegisteredOperation {
  const operation = operations.get(id);
  if (operation === undefined) throw new Error(`the app has no ${id}`);
  return operation;
}

function httpRoad(base: string, agent: Agent): CallRoad {
  const { hostname, port } = new URL(base);
  return (id, input, token, key) => {
    const { method, path } = operationOf(id).route;
    const params = new Set([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    const rest = Object.entries(input).filter(([name]) => !params.has(name));
    const inQuery = method === "GET" && rest.length > 0;
    const query = inQuery ? `?${new URLSearchParams(rest.map(([name, value]) => [name, String(value)]))}` : "";
    const body = method === "GET" ? undefined : JSON.stringify(Object.fromEntries(rest));
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (key !== undefined) headers["idempotency-key"] = key;
    if (body !== undefined) {
      headers["content-type"] = "application/json";
      headers["content-length"] = String(Buffer.byteLength(body));
    }
    const target = { hostname, port, path: fillPath(path, input) + query, method, headers, agent, timeout: patience };
    return new Promise((resolve) => {
      const lost = (): void => resolve({ failure: noAnswer });
      const sent = request(target, (response) => readAnswer(response, resolve, lost));
      sent.on("timeout", () => sent.destroy()).on("error", lost);
      sent.end(body);
    });
  };
}

function readAnswer(response: IncomingMessage, resolve: (outcome: Outcome) => void, lost: () => void): void {
  const chunks: Buffer[] = [];
  response.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", lost);
  response.on("end", () => {
    const text = Buffer.concat(chunks).toString();
    const body = JSON.parse(text === "" ? "{}" : text) as Record<string, unknown>; // the contract's form, or a problem's
    if ((response.statusCode ?? 0) < 300) resolve({ value: body });
    else resolve({ failure: { code: String(body.code), reason: String(body.reason) } });
  });
}

function grpcRoad(client: Client): CallRoad {
  const codecs = createCodecs();
  const methods = new Map(
    createGrpcSchema(chat.registry, servedNumbers(chat).numbering).methods.map(({ operation, path, method }) => {
      const [input, output] = [codecs(method.input), codecs(method.output)];
      const encode = (value: unknown): Buffer => input.encode(value);
      const decode = (bytes: Buffer): unknown => output.decode(bytes);
      return [operation.id, { path, encode, decode }];
    }),
  );
  return (id, input, token, key) => {
    const method = methods.get(id);
    if (method === undefined) throw new Error(`the app has no ${id}`);
    const metadata = new Metadata();
    metadata.set("authorization", `Bearer ${token}`);
    if (key !== undefined) metadata.set("idempotency-key", key);
    return new Promise((resolve) => {
      const answered = (error: ServiceError | null, value: unknown): void => {
        if (error === null)
          resolve({ value: value as Record<string, unknown> }); // a message is an object
        else resolve({ failure: failureFrom(error) });
      };
      const options = { deadline: Date.now() + patience };
      client.makeUnaryRequest(method.path, method.encode, method.decode, input, metadata, options, answered);
    });
  };
}

/** Without the service's own details it was the client that gave up. */
function failureFrom(error: ServiceError): Failure {
  if (error.metadata.get("grpc-status-details-bin").length === 0) return noAnswer;
  const { code, reason } = errorFromStatus(error);
  return { code, reason };
}

// A stream operation in the AsyncAPI document: its channel is its path over HTTP, as SSE, NDJSON or WebSocket.

import { accessRules } from "../../../contract/access.ts";
import { inputInQuery } from "../../../contract/operation.ts";
import type { RegisteredOperation } from "../../../contract/registry.ts";
import type { JsonObject, SchemaBook } from "../openapi/schemas.ts";
import { channelMessages, channelReference, messageReferences, type Parts } from "./parts.ts";

/** The words for how the messages of each kind travel. */
const carriers: Readonly<Record<string, string>> = {
  serverStream: "Server-Sent Events (`text/event-stream`) or NDJSON (`application/x-ndjson`), as the client accepts.",
  clientStream: "The lines of an NDJSON body (`application/x-ndjson`); the answer comes after the last.",
  bidiStream: "A WebSocket of JSON text frames.",
};

/** The channel of a stream with its messages, and what goes over it as the app sees it. */
export function streamParts(operation: RegisteredOperation, book: SchemaBook): Parts {
  const { id, contract, route } = operation;
  const names = { input: `${id}.input`, item: `${id}.item`, output: `${id}.output` };
  const messages: Record<string, JsonObject> = {};
  if (!inputInQuery(operation))
    messages[names.input] = { summary: "What opens the stream", payload: book.schemaOf(contract.input, "input") };
  if (contract.item !== undefined)
    messages[names.item] = { summary: "What the client sends", payload: book.schemaOf(contract.item, "input") };
  if (contract.output !== undefined)
    messages[names.output] = { summary: "What is answered", payload: book.schemaOf(contract.output, "output") };
  const given = [names.input, names.item].filter((name) => messages[name] !== undefined);
  const answered = contract.output === undefined ? [] : [names.output];
  return {
    channels: {
      [id]: {
        address: route.path,
        title: contract.summary,
        description: `${contract.description ?? `${contract.summary}.`}\n\n${carriers[contract.kind]}`,
        ...parametersOf(operation),
        messages: channelMessages(Object.keys(messages)),
        ...(contract.kind === "bidiStream" ? { bindings: { ws: handshake(operation, book) } } : {}),
      },
    },
    operations: {
      ...(given.length === 0 ? {} : { [`${id}.receive`]: operationOf(operation, "receive", given, book) }),
      ...(answered.length === 0 ? {} : { [`${id}.send`]: operationOf(operation, "send", answered, book) }),
    },
    messages,
  };
}

function operationOf(
  operation: RegisteredOperation,
  action: "send" | "receive",
  messages: readonly string[],
  book: SchemaBook,
): JsonObject {
  const { id, service, contract, route } = operation;
  const query = queryOf(operation, book);
  return {
    action,
    channel: channelReference(id),
    summary: contract.summary,
    tags: [{ name: service.name }],
    ...(accessRules(contract.access).includes("public")
      ? {}
      : { security: [{ $ref: "#/components/securitySchemes/bearer" }] }),
    ...(contract.kind === "bidiStream"
      ? {}
      : { bindings: { http: { method: route.method, ...(query === undefined ? {} : { query }), bindingVersion } } }),
    messages: messageReferences(id, messages),
  };
}

const bindingVersion = "0.3.0";

function handshake(operation: RegisteredOperation, book: SchemaBook): JsonObject {
  const query = queryOf(operation, book);
  return { method: "GET", ...(query === undefined ? {} : { query }), bindingVersion: "0.1.0" };
}

function parametersOf({ route }: RegisteredOperation): JsonObject {
  if (route.params.length === 0) return {};
  return { parameters: Object.fromEntries(route.params.map((name) => [name, { description: `The field ${name}` }])) };
}

/** What the query string holds: the input without what the path has. */
function queryOf(operation: RegisteredOperation, book: SchemaBook): JsonObject | undefined {
  const { contract, route } = operation;
  if (!inputInQuery(operation)) return undefined;
  const input = book.schemaOf(contract.input, "input");
  const isInQuery = (name: string): boolean => !route.params.includes(name);
  const properties = Object.entries((input.properties ?? {}) as JsonObject).filter(([name]) => isInQuery(name)); // JSON Schema has it so
  if (properties.length === 0) return undefined;
  const required = ((input.required ?? []) as readonly string[]).filter(isInQuery); // likewise
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
  };
}

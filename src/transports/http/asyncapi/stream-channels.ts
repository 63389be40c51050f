// A stream operation in the AsyncAPI document: its channel is its path over HTTP, as SSE, NDJSON or WebSocket.

import { accessRules } from "../../../contract/access.ts";
import { inputInQuery, sendsMany } from "../../../contract/operation.ts";
import type { RegisteredOperation } from "../../../contract/registry.ts";
import { type JsonObject, referenceTo, type SchemaBook } from "../openapi/schemas.ts";
import { channelMessages, channelReference, messageReferences, type Parts } from "./parts.ts";

/** How the messages of each kind travel. */
const carriers: Readonly<Record<string, string>> = {
  serverStream:
    "NDJSON (`application/x-ndjson`), a record a line; or Server-Sent Events (`text/event-stream`), whose data is the bare `item`, as the client accepts. Without an end or an error as its last record the connection was cut.",
  clientStream:
    "The bare items are the lines of an NDJSON body (`application/x-ndjson`); the answer comes after the last.",
  bidiStream:
    "A WebSocket (subprotocol `trivium.v1`) of JSON text frames. Without an end or an error as its last frame the connection was cut.",
};

/** The channel of a stream with its messages, and what goes over it as the app sees it. */
export function streamParts(operation: RegisteredOperation, book: SchemaBook): Parts {
  const { id, contract, route } = operation;
  const messages = messagesOf(operation, book);
  const given = [`${id}.input`, `${id}.item`].filter((name) => messages[name] !== undefined);
  const answered = [`${id}.output`].filter((name) => messages[name] !== undefined);
  const marks = sendsMany(contract) ? [endMark.name, errorMark.name] : [];
  const receives = [...given, ...(contract.kind === "bidiStream" ? [endMark.name] : [])];
  const sends = [...answered, ...marks];
  return {
    channels: {
      [id]: {
        address: route.path,
        title: contract.summary,
        description: `${contract.description ?? `${contract.summary}.`}\n\n${carriers[contract.kind]}`,
        ...parametersOf(operation),
        messages: channelMessages([...given, ...sends]),
        ...(contract.kind === "bidiStream" ? { bindings: { ws: handshake(operation, book) } } : {}),
      },
    },
    operations: {
      ...(receives.length === 0 ? {} : { [`${id}.receive`]: operationOf(operation, "receive", receives, book) }),
      ...(sends.length === 0 ? {} : { [`${id}.send`]: operationOf(operation, "send", sends, book) }),
    },
    messages: { ...messages, ...(marks.length === 0 ? {} : streamMarks) },
  };
}

function messagesOf(operation: RegisteredOperation, book: SchemaBook): Record<string, JsonObject> {
  const { id, contract } = operation;
  const { input, item, output, kind } = contract;
  const framed = (payload: JsonObject, isFramed: boolean): JsonObject => (isFramed ? record("item", payload) : payload);
  return {
    ...(inputInQuery(operation)
      ? {}
      : { [`${id}.input`]: { summary: "What opens the stream", payload: book.schemaOf(input, "input") } }),
    ...(item === undefined
      ? {}
      : {
          [`${id}.item`]: {
            summary: "What the client sends",
            payload: framed(book.schemaOf(item, "input"), kind === "bidiStream"),
          },
        }),
    ...(output === undefined
      ? {}
      : {
          [`${id}.output`]: {
            summary: "What is answered",
            payload: framed(book.schemaOf(output, "output"), sendsMany(contract)),
          },
        }),
  };
}

/** One record of a stream: an object of one member, which says what it is. */
function record(member: string, schema: JsonObject): JsonObject {
  return { type: "object", properties: { [member]: schema }, required: [member] };
}

const endMark = { name: "stream.end", summary: "The end: nothing more comes" };
const errorMark = { name: "stream.error", summary: "The end by an error" };

const streamMarks: JsonObject = {
  [endMark.name]: { summary: endMark.summary, payload: record("end", { const: true }) },
  [errorMark.name]: { summary: errorMark.summary, payload: record("error", referenceTo("Problem")) },
};

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

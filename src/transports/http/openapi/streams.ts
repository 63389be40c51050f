// Streams in the OpenAPI document: what a line, an event and a frame is (docs/decisions/0012).

import type { RegisteredOperation } from "../../../contract/registry.ts";
import { type JsonObject, referenceTo, type SchemaBook } from "./schemas.ts";

const lineTypes = ["application/x-ndjson", "application/ndjson", "application/jsonl"];

const endMark: JsonObject = { type: "object", properties: { end: { const: true } }, required: ["end"] };

function member(name: string, schema: JsonObject): JsonObject {
  return { type: "object", properties: { [name]: schema }, required: [name] };
}

/** The body of a client stream. */
export function itemsBody({ contract }: RegisteredOperation, book: SchemaBook): JsonObject {
  const item = contract.item === undefined ? {} : book.schemaOf(contract.item, "input");
  const media = { schema: { ...item, description: "Each line of the body" } };
  return {
    description:
      "The items, one JSON object on each line, as the handler asks for them. The answer may come before the last of them; what is sent after it is dropped.",
    content: Object.fromEntries(lineTypes.map((type) => [type, media])),
  };
}

/** What a stream of answers may be answered as. */
export function answersContent({ contract }: RegisteredOperation, book: SchemaBook): JsonObject {
  const output = contract.output === undefined ? {} : book.schemaOf(contract.output, "output");
  const problem = referenceTo("Problem");
  const records = [member("item", output), endMark, member("error", problem)];
  const line = {
    anyOf: records,
    description: "Each line. The last one is the end or the error; empty lines say nothing",
  };
  const event = {
    anyOf: [output, endMark, problem],
    description:
      "The data of each event: an answer, whose id is its cursor if it has one; of the event `end` the end, of the event `error` the error. One of these is the last",
  };
  return {
    ...Object.fromEntries(lineTypes.map((type) => [type, { schema: line }])),
    "text/event-stream": { schema: event },
  };
}

/** The answer that makes a bidi stream of a request. */
export function upgradeResponse(headers: JsonObject): JsonObject {
  return {
    description: [
      "A WebSocket of JSON text frames.",
      'The client sends `{"item":…}` for each item, and `{"end":true}` when it has no more: it still receives.',
      'The server sends `{"item":…}` for each answer, and at last `{"end":true}` or `{"error":…}` with a problem object.',
      "asyncapi.json describes what the items hold. The subprotocol is `trivium.v1`; a browser's page adds `bearer.<token>`.",
    ].join(" "),
    headers,
  };
}

/** The header by which a browser says how far it came. */
export const lastEventId: JsonObject = {
  name: "Last-Event-ID",
  in: "header",
  description: "The id of the last event that was received: takes the place of `after`",
  schema: { type: "string" },
};

// The AsyncAPI 3 document of an app: what /asyncapi.json serves and `trivium generate` writes. Streams and events.

import { isStream } from "../../../contract/operation.ts";
import type { Registry } from "../../../contract/registry.ts";
import type { ApiInfo } from "../openapi/document.ts";
import { problemSchema, violationSchema } from "../openapi/responses.ts";
import { type JsonObject, SchemaBook } from "../openapi/schemas.ts";
import { eventParts } from "./event-channels.ts";
import type { Parts } from "./parts.ts";
import { streamParts } from "./stream-channels.ts";

/**
 * The AsyncAPI document of an app. Pure: the same contracts give the same document, with its keys in the same order, so
 * that it can be kept in version control and compared.
 */
export function asyncApiDocument(registry: Registry, info: ApiInfo): JsonObject {
  const book = new SchemaBook();
  const streams = registry.operations.filter(({ contract }) => isStream(contract));
  const parts = [...streams.map((operation) => streamParts(operation, book)), ...eventParts(registry, book)];
  const joined = <Key extends keyof Parts>(key: Key): JsonObject =>
    Object.assign({}, ...parts.map((part) => part[key]));
  const { title, version, description } = info;
  return {
    asyncapi: "3.0.0",
    info: { title, version, description: description ?? `The streams and events of ${title}.` },
    defaultContentType: "application/json",
    channels: joined("channels"),
    operations: joined("operations"),
    components: {
      ...(streams.length === 0
        ? {}
        : {
            securitySchemes: {
              bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "An access token" },
            },
          }),
      messages: joined("messages"),
      schemas: {
        ...(streams.length === 0 ? {} : { Problem: problemSchema, Violation: violationSchema }),
        ...Object.fromEntries([...book.components].sort(([a], [b]) => (a < b ? -1 : 1))),
      },
    },
  };
}

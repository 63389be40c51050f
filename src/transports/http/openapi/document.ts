// The OpenAPI 3.1 document of an app: what /openapi.json serves and `trivium generate` writes.

import type { Registry } from "../../../contract/registry.ts";
import { idempotencyKeyPattern } from "../../../pipeline/steps/idempotency.ts";
import { operationObject } from "./operation.ts";
import { problemSchema, violationSchema } from "./responses.ts";
import { type JsonObject, SchemaBook } from "./schemas.ts";
import { lastEventId } from "./streams.ts";

/** What the document says about the API as a whole. */
export interface ApiInfo {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  /** An SPDX licence name; `"Proprietary"` by default. */
  readonly license?: string;
  readonly contact?: { readonly name: string; readonly url?: string; readonly email?: string };
  /** Where the API is served; by default where the document is. */
  readonly servers?: readonly string[];
}

/**
 * The OpenAPI document of an app. Pure: the same contracts give the same document, with its keys in the same order, so
 * that it can be kept in version control and compared.
 */
export function openApiDocument(registry: Registry, info: ApiInfo): JsonObject {
  const book = new SchemaBook();
  const paths = pathsOf(registry, book);
  const schemas = { Problem: problemSchema, Violation: violationSchema, ...sorted(book.components) };
  return {
    openapi: "3.1.0",
    info: infoOf(info),
    servers: (info.servers ?? ["/"]).map((url) => ({ url })),
    tags: tagsOf(registry),
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "An access token" },
      },
      parameters: used(parameters, paths, "parameters"),
      headers: used(headers, paths, "headers"),
      schemas,
    },
  };
}

function infoOf({ title, version, description, license = "Proprietary", contact }: ApiInfo): JsonObject {
  const terms = license === "Proprietary" ? { name: license } : { name: license, identifier: license };
  return {
    title,
    version,
    description: description ?? `The HTTP interface of ${title}. Errors are problem objects, explained at /errors.`,
    license: terms,
    ...(contact === undefined ? {} : { contact }),
  };
}

function tagsOf(registry: Registry): JsonObject[] {
  const services = new Map(registry.operations.map(({ service }) => [service.name, service]));
  return [...services.values()].map(({ name, summary }) => ({
    name,
    description: summary ?? `The operations of the service ${name}`,
  }));
}

function pathsOf(registry: Registry, book: SchemaBook): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const operation of registry.operations) {
    const { path, method } = operation.route;
    paths[path] ??= {};
    paths[path][method.toLowerCase()] = operationObject(operation, registry.operations, book);
  }
  return paths;
}

function sorted(components: ReadonlyMap<string, JsonObject>): JsonObject {
  return Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Only what is referred to: an unused component is a finding of every linter. */
function used(components: JsonObject, paths: JsonObject, kind: string): JsonObject {
  const text = JSON.stringify(paths);
  return Object.fromEntries(
    Object.entries(components).filter(([name]) => text.includes(`"#/components/${kind}/${name}"`)),
  );
}

const entityTag = { type: "string", pattern: '^"[1-9][0-9]*-[0-9a-f]{8}(-br|-gzip)?"$', examples: ['"3-1a2b3c4d"'] };

const idempotencyKey: JsonObject = {
  name: "Idempotency-Key",
  in: "header",
  description:
    "A random value for each new change. Repeated with it within 24 hours, the same request changes nothing and gets the answer of the first one",
  schema: { type: "string", pattern: idempotencyKeyPattern },
};

const parameters: JsonObject = {
  IfMatch: {
    name: "If-Match",
    in: "header",
    description: "The ETag of the version that is changed; or give `version` in the input",
    schema: entityTag,
  },
  IfNoneMatch: {
    name: "If-None-Match",
    in: "header",
    description: "The ETags that the client holds, or `*`",
    schema: { type: "string" },
  },
  IdempotencyKey: { ...idempotencyKey, required: false },
  ItemsIdempotencyKey: {
    ...idempotencyKey,
    description: "Handed to the operation, which can then do each item once, however often they are sent with this key",
  },
  LastEventId: lastEventId,
  RequiredIdempotencyKey: { ...idempotencyKey, required: true },
};

const headers: JsonObject = {
  RequestId: { description: "Names this request in logs and problem objects", schema: { type: "string" } },
  ETag: { description: "The version of what is answered", schema: entityTag },
  Location: { description: "Where what was made can be read", schema: { type: "string", format: "uri-reference" } },
  IdempotencyReplayed: {
    description: "There, if this is the answer of an earlier request with the same key",
    schema: { const: "true" },
  },
  Deprecation: { description: "Since when it should no longer be used (RFC 9745)", schema: { type: "string" } },
  Sunset: { description: "When it may be gone (RFC 8594)", schema: { type: "string" } },
  RateLimit: {
    description: 'What is left of the tightest limit: calls, and seconds until all of it is there: `"name";r=59;t=1`',
    schema: { type: "string" },
  },
  RateLimitPolicy: {
    description: 'What is counted: calls in so many seconds: `"name";q=60;w=60`; /limits says it in words',
    schema: { type: "string" },
  },
  RetryAfter: { description: "Seconds after which a retry may help", schema: { type: "integer" } },
  Challenge: { description: "How to authenticate", schema: { type: "string" } },
};

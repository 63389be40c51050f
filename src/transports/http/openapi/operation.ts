// One operation in the OpenAPI document: its parameters, body, answers and security.

import { accessRules } from "../../../contract/access.ts";
import { namedLimits } from "../../../contract/limits/limit.ts";
import { limitInWords } from "../../../contract/limits/limit-words.ts";
import { idempotencyOf, inputInQuery, type Operation, sendsMany, takesMany } from "../../../contract/operation.ts";
import type { RegisteredOperation } from "../../../contract/registry.ts";
import { tagMaker } from "../headers/etag.ts";
import { linksOf } from "./links.ts";
import { errorResponses } from "./responses.ts";
import type { JsonObject, SchemaBook } from "./schemas.ts";
import { statedLimit } from "./stated-limit.ts";
import { answersContent, itemsBody, upgradeResponse } from "./streams.ts";

/** The operation object of an operation. */
export function operationObject(
  operation: RegisteredOperation,
  operations: readonly RegisteredOperation[],
  book: SchemaBook,
): JsonObject {
  const { contract } = operation;
  const input = book.schemaOf(contract.input, "input");
  const parameters = parametersOf(operation, input);
  const body = requestBody(operation, input, book);
  return {
    operationId: operation.id,
    tags: [operation.service.name],
    summary: contract.summary,
    description: describe(operation),
    ...(contract.deprecated === undefined ? {} : { deprecated: true }),
    security: securityOf(contract),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: body }),
    ...limitsOf(operation),
    responses: { ...successResponses(operation, operations, book), ...errorResponses(operation, book) },
  };
}

function describe({ id, contract }: RegisteredOperation): string {
  const { description, summary, access, deprecated } = contract;
  const who = accessRules(access).map((rule) => {
    if (rule === "public") return "anybody";
    if (rule === "user") return "any signed-in user";
    return "role" in rule ? `the role \`${rule.role}\`` : `the scope \`${rule.scope}\``;
  });
  const parts = [description ?? `${summary}.`, `Access: ${who.join(" or ")}.`];
  const limits = namedLimits(id, contract.limits).map(({ rule }) => limitInWords(rule));
  if (limits.length > 0) parts.push(`Limits: ${limits.join("; ")}.`);
  if (deprecated !== undefined) {
    const until = deprecated.sunset === undefined ? "" : `; may be gone after ${deprecated.sunset}`;
    const instead = deprecated.use === undefined ? "" : `; use \`${deprecated.use}\` instead`;
    parts.push(`Deprecated since ${deprecated.since}${until}${instead}.`);
  }
  return parts.join("\n\n");
}

/** What the page of limits says of the operation. */
function limitsOf({ id, contract }: RegisteredOperation): JsonObject {
  if (contract.limits.length === 0) return {};
  return { "x-ratelimit": namedLimits(id, contract.limits).map((limit) => statedLimit(limit)) };
}

function securityOf({ access }: Operation): JsonObject[] {
  return accessRules(access).includes("public") ? [] : [{ bearer: [] }];
}

function parametersOf(operation: RegisteredOperation, input: JsonObject): JsonObject[] {
  const { contract, route } = operation;
  const properties = propertiesOf(input);
  const required = requiredOf(input);
  const example = contract.example ?? {};
  const parameter = (name: string, place: "path" | "query"): JsonObject => ({
    name,
    in: place,
    ...(place === "path" || (required.includes(name) && !isVersion(contract, name)) ? { required: true } : {}),
    schema: properties[name],
    ...(Object.hasOwn(example, name) ? { example: example[name] } : {}),
  });
  const inQuery = inputInQuery(operation) ? Object.keys(properties).filter((name) => !route.params.includes(name)) : [];
  return [
    ...route.params.map((name) => parameter(name, "path")),
    ...inQuery.map((name) => parameter(name, "query")),
    ...(contract.versioned ? [{ $ref: "#/components/parameters/IfMatch" }] : []),
    ...(isConditional(contract) ? [{ $ref: "#/components/parameters/IfNoneMatch" }] : []),
    ...(isResumable(contract) ? [{ $ref: "#/components/parameters/LastEventId" }] : []),
    ...keyParameter(contract),
  ];
}

/** Where nobody needs to sign in the key is left out: a client that does not would be refused with one. */
function keyParameter(contract: Operation): JsonObject[] {
  if (accessRules(contract.access).includes("public")) return [];
  if (takesMany(contract)) return [{ $ref: "#/components/parameters/ItemsIdempotencyKey" }];
  if (!takesKey(contract)) return [];
  const name = idempotencyOf(contract) === "required" ? "RequiredIdempotencyKey" : "IdempotencyKey";
  return [{ $ref: `#/components/parameters/${name}` }];
}

function takesKey(contract: Operation): boolean {
  return contract.kind === "command" && idempotencyOf(contract) !== "none";
}

function isConditional(contract: Operation): boolean {
  return contract.kind === "query" && tagMaker(contract.output) !== undefined;
}

function isResumable({ kind, input }: Operation): boolean {
  return kind === "serverStream" && Object.hasOwn(input.shape, "after");
}

/** The version may come by If-Match instead. */
function isVersion(contract: Operation, name: string): boolean {
  return contract.versioned && name === "version";
}

function requestBody(operation: RegisteredOperation, input: JsonObject, book: SchemaBook): JsonObject | undefined {
  if (operation.contract.kind === "clientStream") return itemsBody(operation, book);
  return inputInQuery(operation) ? undefined : bodyOf(operation, input);
}

/** The body: what the path does not hold. An input without required fields may be left out as a whole. */
function bodyOf({ contract, route }: RegisteredOperation, input: JsonObject): JsonObject | undefined {
  const inBody = ([name]: [string, unknown]): boolean => !route.params.includes(name);
  const properties = Object.entries(propertiesOf(input)).filter(inBody);
  if (properties.length === 0) return undefined;
  const required = requiredOf(input).filter((name) => !route.params.includes(name) && !isVersion(contract, name));
  const { required: _, ...rest } = input;
  const schema = {
    ...rest,
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
  };
  const example = Object.entries(contract.example ?? {}).filter(inBody);
  const media = { schema, ...(example.length === 0 ? {} : { example: Object.fromEntries(example) }) };
  return { ...(required.length === 0 ? {} : { required: true }), content: { "application/json": media } };
}

function propertiesOf(schema: JsonObject): Record<string, unknown> {
  return (schema.properties ?? {}) as Record<string, unknown>; // JSON Schema has it so
}

function requiredOf(schema: JsonObject): readonly string[] {
  return (schema.required ?? []) as readonly string[]; // JSON Schema has it so
}

function successResponses(
  operation: RegisteredOperation,
  operations: readonly RegisteredOperation[],
  book: SchemaBook,
): JsonObject {
  const { contract, route } = operation;
  if (contract.kind === "bidiStream") return { "101": upgradeResponse(successHeaders(operation)) };
  const links = linksOf(operation, operations);
  const success = {
    description: contract.summary,
    headers: successHeaders(operation),
    ...contentOf(operation, book),
    ...(Object.keys(links).length === 0 ? {} : { links }),
  };
  const unchanged = {
    description: "What the client holds is still current",
    headers: { "X-Request-Id": header("RequestId"), ...limitHeaders(contract), ETag: header("ETag") },
  };
  return { [String(route.status)]: success, ...(isConditional(contract) ? { "304": unchanged } : {}) };
}

function contentOf(operation: RegisteredOperation, book: SchemaBook): JsonObject {
  const { kind, output } = operation.contract;
  if (kind === "serverStream") return { content: answersContent(operation, book) };
  return output === undefined ? {} : { content: { "application/json": { schema: book.schemaOf(output, "output") } } };
}

function successHeaders({ contract, route }: RegisteredOperation): JsonObject {
  const isStreamed = sendsMany(contract);
  return {
    "X-Request-Id": header("RequestId"),
    ...limitHeaders(contract),
    ...(isStreamed || tagMaker(contract.output) === undefined ? {} : { ETag: header("ETag") }),
    ...(route.location === undefined ? {} : { Location: header("Location") }),
    ...(takesKey(contract) ? { "Idempotency-Replayed": header("IdempotencyReplayed") } : {}),
    ...(contract.deprecated === undefined ? {} : { Deprecation: header("Deprecation") }),
    ...(contract.deprecated?.sunset === undefined ? {} : { Sunset: header("Sunset") }),
  };
}

function limitHeaders({ limits }: Operation): JsonObject {
  return limits.length === 0 ? {} : { RateLimit: header("RateLimit"), "RateLimit-Policy": header("RateLimitPolicy") };
}

function header(name: string): JsonObject {
  return { $ref: `#/components/headers/${name}` };
}

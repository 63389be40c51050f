// The errors that an operation may answer, by status: those it declares and those of the foundation that can befall it.

import { accessRules } from "../../../contract/access.ts";
import type { Failure } from "../../../contract/failure.ts";
import { idempotencyOf, inputInQuery, isStream, onlyReads } from "../../../contract/operation.ts";
import type { RegisteredOperation } from "../../../contract/registry.ts";
import { type CatalogueReason, catalogue } from "../../../core/catalogue.ts";
import { codeTable } from "../../../core/status.ts";
import { pascalCase } from "../../../core/text.ts";
import { type JsonObject, referenceTo, type SchemaBook } from "./schemas.ts";

/** The error answers of an operation, by status in rising order. */
export function errorResponses(operation: RegisteredOperation, book: SchemaBook): JsonObject {
  const own = Map.groupBy(operation.contract.failures, (failure) => codeTable[failure.code].http);
  const general = Map.groupBy(foundationReasons(operation), ([status]) => status);
  const statuses = [...new Set([...own.keys(), ...general.keys()])].sort((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => {
      const reasons = (general.get(status) ?? []).map(([, reason]) => reason);
      return [String(status), errorResponse(status, own.get(status) ?? [], reasons, book)];
    }),
  );
}

/** What the foundation itself can answer to an operation's request, as status and reason. */
function foundationReasons(operation: RegisteredOperation): [status: number, reason: CatalogueReason][] {
  const { contract, route } = operation;
  const rules = accessRules(contract.access);
  const isCommand = contract.kind === "command";
  const hasBody = !inputInQuery(operation) || contract.kind === "clientStream";
  const isSocket = contract.kind === "bidiStream";
  const key = onlyReads(contract) ? undefined : idempotencyOf(contract);
  const reasons: [boolean, readonly CatalogueReason[]][] = [
    [true, ["VALIDATION_FAILED", "MALFORMED_BODY", "MALFORMED_REQUEST"]],
    [Object.hasOwn(contract.input.shape, "cursor"), ["INVALID_CURSOR"]],
    [isStream(contract) && Object.hasOwn(contract.input.shape, "after"), ["INVALID_CURSOR", "CURSOR_EXPIRED"]],
    [!rules.includes("public"), ["CREDENTIAL_MISSING"]],
    [true, ["CREDENTIAL_INVALID", "CREDENTIAL_EXPIRED"]],
    [!rules.includes("public"), ["ACCESS_DENIED"]],
    [route.params.length > 0, ["ROW_NOT_FOUND"]],
    [!isSocket, ["NOT_ACCEPTABLE"]],
    [isSocket, ["UPGRADE_REQUIRED"]],
    [isCommand, ["ALREADY_EXISTS", "TRANSACTION_CONFLICT"]],
    [key === "required", ["IDEMPOTENCY_KEY_REQUIRED"]],
    [key !== undefined && (key === "none" || rules.includes("public")), ["IDEMPOTENCY_KEY_NOT_TAKEN"]],
    [isCommand && key !== "none", ["IDEMPOTENCY_KEY_REUSED", "IDEMPOTENCY_IN_PROGRESS"]],
    [contract.versioned, ["VERSION_CONFLICT", "VERSION_REQUIRED"]],
    [hasBody, ["BODY_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"]],
    // Refused credentials are limited everywhere.
    [true, ["RATE_LIMITED", "STORE_UNAVAILABLE"]],
    [true, ["POOL_EXHAUSTED", "INTERNAL", "OVERLOADED", "SHUTTING_DOWN", "DATABASE_UNAVAILABLE", "DEADLINE_EXCEEDED"]],
    [isCommand, ["OUTCOME_UNKNOWN"]],
  ];
  const listed = reasons.flatMap(([applies, names]) => (applies ? names : []));
  const withStatus = listed.map((reason): [number, CatalogueReason] => [statusOf(reason), reason]);
  return contract.versioned ? [...withStatus, [412, "VERSION_CONFLICT"]] : withStatus;
}

function statusOf(reason: CatalogueReason): number {
  return catalogue[reason].httpStatus ?? codeTable[catalogue[reason].code].http;
}

function errorResponse(
  status: number,
  failures: readonly Failure[],
  reasons: readonly CatalogueReason[],
  book: SchemaBook,
): JsonObject {
  const detailed = failures.filter(({ details }) => Object.keys(details.shape).length > 0);
  const plain = [...failures.filter((failure) => !detailed.includes(failure)).map(({ reason }) => reason), ...reasons];
  const options = [
    ...detailed.map((failure) => detailedProblem(failure, book)),
    ...(plain.length === 0 ? [] : [plainProblem(plain)]),
  ];
  const messages = [...failures.map(({ message }) => message), ...reasons.map((reason) => catalogue[reason].message)];
  return {
    description: [...new Set(messages)].join("; "),
    headers: headersOfError(status, reasons),
    content: { "application/problem+json": { schema: options.length === 1 ? options[0] : { anyOf: options } } },
  };
}

function headersOfError(status: number, reasons: readonly CatalogueReason[]): JsonObject {
  const saysWhen = status === 429 || status === 503 || reasons.includes("IDEMPOTENCY_IN_PROGRESS");
  const header = (name: string): JsonObject => ({ $ref: `#/components/headers/${name}` });
  return {
    "X-Request-Id": header("RequestId"),
    ...(status === 401 ? { "WWW-Authenticate": header("Challenge") } : {}),
    ...(status === 429 ? { RateLimit: header("RateLimit"), "RateLimit-Policy": header("RateLimitPolicy") } : {}),
    ...(saysWhen ? { "Retry-After": header("RetryAfter") } : {}),
  };
}

function plainProblem(reasons: readonly string[]): JsonObject {
  return { allOf: [referenceTo("Problem"), { type: "object", properties: { reason: { enum: reasons } } }] };
}

/** A failure with details is a component of its own, so that generated clients get a type for it. */
function detailedProblem(failure: Failure, book: SchemaBook): JsonObject {
  const name = `${pascalCase(failure.reason.toLowerCase())}Problem`;
  const properties = { reason: { const: failure.reason }, details: book.schemaOf(failure.details, "output") };
  book.components.set(name, {
    allOf: [referenceTo("Problem"), { type: "object", properties, required: ["details"] }],
  });
  return referenceTo(name);
}

/** The problem object (RFC 9457) with this system's members. */
export const problemSchema: JsonObject = {
  type: "object",
  description: "An error (RFC 9457)",
  properties: {
    type: { type: "string", format: "uri-reference", description: "Explains the reason" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    instance: { type: "string", format: "uri-reference", description: "Names this occurrence" },
    code: { type: "string", enum: Object.keys(codeTable) },
    reason: { type: "string", description: "A stable name" },
    details: { type: "object" },
    violations: { type: "array", items: referenceTo("Violation") },
    requestId: { type: "string" },
    retryAfter: { type: "number", description: "Seconds" },
  },
  required: ["type", "title", "status", "detail", "instance", "code", "reason", "requestId"],
};

/** One broken rule of an input. */
export const violationSchema: JsonObject = {
  type: "object",
  description: "One broken rule of an input",
  properties: {
    path: { type: "string", description: "Where: items[2].name" },
    message: { type: "string" },
    rule: { type: "string", description: "Which: required, too_long, unknown_field" },
  },
  required: ["path", "message", "rule"],
};

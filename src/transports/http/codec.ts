// The codec of the HTTP road: path, query string and JSON body become an operation's raw input.

import { isUtf8 } from "node:buffer";
import { inputInQuery } from "../../contract/operation.ts";
import type { RegisteredOperation } from "../../contract/registry.ts";
import { type TextField, textFieldFrom } from "../../contract/text-field.ts";
import type { Violation } from "../../core/app-error.ts";
import { appError } from "../../core/catalogue.ts";

/** A raw input: not validated yet. */
export type RawInput = Record<string, unknown>;

/** The parts of a request that hold its input. */
export interface InputParts {
  /** By name, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** What follows the question mark, as it came; empty: none. */
  readonly query: string;
  /** Undefined or empty: none. */
  readonly body: Buffer | undefined;
}

/**
 * Reads the input of one operation. Throws AppError MALFORMED_BODY, MALFORMED_REQUEST, or VALIDATION_FAILED with rule
 * `repeated` for a field that was given twice.
 */
export type InputDecoder = (parts: InputParts) => RawInput;

interface Plan {
  readonly params: readonly string[];
  readonly fields: ReadonlyMap<string, TextField>;
  /** Required lists: a query string without them means empty ones. */
  readonly lists: readonly string[];
}

/** Makes the decoder of an operation, once. */
export function inputDecoder(operation: RegisteredOperation): InputDecoder {
  const plan = planOf(operation);
  return inputInQuery(operation) ? (parts) => fromQuery(plan, parts) : (parts) => fromBody(plan, parts);
}

/** What a path or a query string cannot carry of an operation's input. */
export function inputProblems(operation: RegisteredOperation): string[] {
  return textNames(operation).flatMap((name) => {
    const inPath = operation.route.params.includes(name);
    const field = textFieldFrom(schemaOf(operation, name));
    const where = `the ${inPath ? "path" : "query"} parameter "${name}"`;
    if (typeof field === "string") return [`${where} ${field}`];
    if (inPath && field.list) return [`${where} is a list: a path holds one value`];
    if (inPath && !field.required) return [`${where} is optional: a path always holds it`];
    return [];
  });
}

function textNames(operation: RegisteredOperation): readonly string[] {
  const known = operation.route.params.filter((name) => Object.hasOwn(operation.contract.input.shape, name));
  return inputInQuery(operation) ? Object.keys(operation.contract.input.shape) : known;
}

function schemaOf(operation: RegisteredOperation, name: string) {
  return operation.contract.input.shape[name] as NonNullable<(typeof operation.contract.input.shape)[string]>; // a name of the shape
}

function planOf(operation: RegisteredOperation): Plan {
  const fields = new Map<string, TextField>();
  for (const name of textNames(operation)) {
    const field = textFieldFrom(schemaOf(operation, name));
    if (typeof field !== "string") fields.set(name, field);
  }
  const lists = [...fields].filter(([, field]) => field.list && field.required).map(([name]) => name);
  return { params: operation.route.params, fields, lists };
}

function fromQuery(plan: Plan, { params, query, body }: InputParts): RawInput {
  if (body !== undefined && body.length > 0) throw bodyNotTaken();
  const input: RawInput = {};
  for (const name of plan.params) input[name] = pathValue(plan, params, name);
  if (query !== "") readQuery(plan, query, input);
  for (const name of plan.lists) if (!Object.hasOwn(input, name)) input[name] = [];
  return input;
}

/** The refusal of a body where the method has none. */
export function bodyNotTaken(): Error {
  return appError("MALFORMED_BODY", { message: "A GET or DELETE request takes its input from the query string" });
}

function readQuery(plan: Plan, query: string, input: RawInput): void {
  const repeated = new Set<string>();
  for (const [name, text] of queryPairs(query)) {
    const field = plan.fields.get(name);
    const given = Object.hasOwn(input, name);
    if (field?.list === true) {
      if (given)
        (input[name] as unknown[]).push(field.convert(text)); // the line below made it a list
      else input[name] = [field.convert(text)];
    } else if (given) repeated.add(name);
    else setField(input, name, field === undefined ? text : field.convert(text));
  }
  if (repeated.size > 0) throw refusedFields([...repeated].map(repeatedField));
}

function fromBody(plan: Plan, { params, query, body }: InputParts): RawInput {
  const input = body === undefined || body.length === 0 ? {} : objectFromJson(body);
  const violations: Violation[] = [];
  if (query !== "") {
    for (const name of new Set(queryPairs(query).map(([name]) => name)))
      violations.push(Object.hasOwn(input, name) || plan.params.includes(name) ? repeatedField(name) : misplaced(name));
  }
  for (const name of plan.params) {
    if (Object.hasOwn(input, name)) violations.push(repeatedField(name));
    else input[name] = pathValue(plan, params, name);
  }
  if (violations.length > 0) throw refusedFields(violations);
  return input;
}

/** The router lets a path end where a parameter should begin: there is no such route. */
function pathValue(plan: Plan, params: InputParts["params"], name: string): unknown {
  const text = params[name] ?? "";
  if (text === "") throw appError("ROUTE_NOT_FOUND");
  const field = plan.fields.get(name);
  return field === undefined ? text : field.convert(text);
}

/** A plain assignment to `__proto__` would set the prototype instead of a field that validation can refuse. */
function setField(input: RawInput, name: string, value: unknown): void {
  if (name === "__proto__")
    Object.defineProperty(input, name, { value, enumerable: true, configurable: true, writable: true });
  else input[name] = value;
}

function queryPairs(query: string): [name: string, text: string][] {
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=");
      return equals < 0
        ? [decodeText(pair), ""]
        : [decodeText(pair.slice(0, equals)), decodeText(pair.slice(equals + 1))];
    });
}

function decodeText(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw appError("MALFORMED_REQUEST", { message: "The query string is not valid percent-encoded UTF-8" });
  }
}

function objectFromJson(body: Buffer): RawInput {
  if (!isUtf8(body)) throw appError("MALFORMED_BODY", { message: "The body is not valid UTF-8" });
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    throw appError("MALFORMED_BODY");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw appError("MALFORMED_BODY", { message: "The body is not a JSON object" });
  return value as RawInput; // an object that is no list
}

function repeatedField(name: string): Violation {
  return { path: name, message: "Is given more than once", rule: "repeated" };
}

function misplaced(name: string): Violation {
  return { path: name, message: "Belongs into the body, not into the query string", rule: "unknown_field" };
}

function refusedFields(violations: readonly Violation[]): Error {
  const byPath = violations.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return appError("VALIDATION_FAILED", { violations: byPath });
}

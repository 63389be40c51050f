// Turns the contracts of an app into the list that every road is built from, and finds what is wrong with them.

import { z } from "zod";
import { isCatalogueReason } from "../core/catalogue.ts";
import { accessRules } from "./access.ts";
import { limitProblems } from "./limits/limit-problems.ts";
import { modelInfo } from "./model.ts";
import { idempotencyOf, type Kind, type Operation, sendsMany } from "./operation.ts";
import { type Method, type Route, routeFromBinding } from "./route.ts";
import { type Service, type ServiceInfo, serviceInfo } from "./service.ts";

/** An operation of an app, with its place in it. */
export interface RegisteredOperation {
  /** Unique in the app: `messages.post`; from version 2 of a service on `messages.v2.post`. */
  readonly id: string;
  readonly service: ServiceInfo;
  readonly name: string;
  readonly contract: Operation;
  readonly route: Route;
}

/** Every operation of an app, in the order of declaration, and what is wrong with them. */
export interface Registry {
  /** The app's name: the gRPC package's first part, the program's name, the domain of its errors. */
  readonly app: string;
  readonly operations: readonly RegisteredOperation[];
  readonly problems: readonly string[];
}

const camelCase = /^[a-z][A-Za-z0-9]*$/;
const reasonCase = /^[A-Z][A-Z0-9_]*$/;
const eventCase = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/;

/** Registers services. Never throws: problems are listed, so that a start shows all of them at once. */
export function createRegistry(app: string, services: readonly Service[]): Registry {
  const problems: string[] = [];
  if (!/^[a-z][a-z0-9-]*$/.test(app)) problems.push(`app name "${app}": use lower case letters, digits and hyphens`);
  const operations = services.flatMap((service) => operationsOf(service, problems));
  problems.push(...duplicates(operations), ...declarationClashes(operations));
  return { app, operations, problems };
}

function operationsOf(service: Service, problems: string[]): RegisteredOperation[] {
  const info = service[serviceInfo];
  const prefix = info.version === 1 ? info.name : `${info.name}.v${info.version}`;
  if (!camelCase.test(info.name)) problems.push(`service "${info.name}": use a camelCase name`);
  if (!Number.isInteger(info.version) || info.version < 1)
    problems.push(`service "${info.name}": the version must be 1, 2, …`);
  return Object.entries(service).flatMap(([name, contract]) => {
    const id = `${prefix}.${name}`;
    const route = routeFromBinding(contract.http, info.version, contract.output !== undefined);
    problems.push(...operationProblems(id, name, contract, route));
    return route === undefined || !hasSchema(contract) ? [] : [{ id, service: info, name, contract, route }];
  });
}

function operationProblems(id: string, name: string, contract: Operation, route: Route | undefined): string[] {
  const problems: string[] = [];
  const check = (holds: boolean, problem: string): void => {
    if (!holds) problems.push(`${id}: ${problem}`);
  };
  check(camelCase.test(name), "use a camelCase name");
  problems.push(
    ...[...accessProblems(contract), ...limitProblems(contract), ...idempotencyProblems(contract)].map(
      (problem) => `${id}: ${problem}`,
    ),
  );
  check(
    contract.cache === undefined || contract.cache.ttl !== undefined,
    'cache: say for how long, such as "60s"; more than 0 and at most "1h"',
  );
  check(contract.cache === undefined || contract.output !== undefined, "cache: there is no output to keep");
  check(hasSchema(contract), "the output is not a schema: write z.object({ … }) or a model");
  check(
    route !== undefined,
    `http ${JSON.stringify(contract.http)}: write "METHOD /path/{param}" in lower case with GET, POST, PUT, PATCH or DELETE`,
  );
  for (const param of route?.params ?? [])
    check(Object.hasOwn(contract.input.shape, param), `the path names {${param}}, which is not a field of the input`);
  const wrongMethod = route === undefined ? undefined : methodProblem(contract.kind, route.method);
  if (wrongMethod !== undefined) problems.push(`${id}: ${wrongMethod}`);
  check(
    !sendsMany(contract) || contract.output !== undefined,
    "a stream of answers needs an output: what each of them is",
  );
  check(
    route === undefined || contract.output !== undefined || route.status === 204,
    "without an output the status is 204: leave it out",
  );
  check(!contract.versioned || "version" in contract.input.shape, "versioned, but the input has no field `version`");
  for (const failure of contract.failures) {
    check(reasonCase.test(failure.reason), `failure "${failure.reason}": use a SCREAMING_SNAKE name`);
    check(
      !isCatalogueReason(failure.reason),
      `failure "${failure.reason}" is a reason of the foundation: use another name`,
    );
  }
  for (const event of contract.emits)
    check(eventCase.test(event.type), `event "${event.type}": use a dotted lower case name such as message.posted`);
  if (contract.example !== undefined)
    check(contract.input.safeParse(contract.example).success, "the example is not a valid input");
  return problems;
}

/** Why an operation of a kind cannot be served by a method; undefined where it can. */
function methodProblem(kind: Kind, method: Method): string | undefined {
  switch (kind) {
    case "query":
      return method === "GET" ? undefined : "a query is served by GET";
    case "command":
      return method === "GET" ? "a command cannot be served by GET, which clients repeat and prefetch" : undefined;
    case "serverStream":
      return method === "GET" || method === "POST" ? undefined : "a server stream is served by GET or POST";
    case "clientStream":
      return method === "POST" || method === "PUT" ? undefined : "a client stream is served by POST or PUT";
    case "bidiStream":
      return method === "GET" ? undefined : "a bidi stream is served by GET: over HTTP it is a WebSocket";
  }
}

/** What is wrong with who may call it: types forbid most of this, but sources may run unchecked. */
function accessProblems({ access }: Operation): string[] {
  const ways = 'say "public", "user", { role } or { scope }';
  if (access === undefined) return [`no access is declared: ${ways}`];
  const rules: readonly unknown[] = accessRules(access);
  if (rules.length === 0) return ["the list of access rules is empty"];
  return rules.filter((rule) => !isRule(rule)).map((rule) => `access ${JSON.stringify(rule)}: ${ways}`);
}

/** What is wrong with its idempotency: as with access, sources may run unchecked. */
function idempotencyProblems(contract: Operation): string[] {
  const { idempotency, access } = contract;
  if (![undefined, "required", "none"].includes(idempotency)) return ['idempotency: say "required" or "none"'];
  if (idempotency !== "required" || access === undefined || !hasSchema(contract)) return [];
  const isOpen = accessRules(access).includes("public");
  return [
    ...(isOpen ? ["idempotency: a key belongs to a user, so that it cannot be required of anybody"] : []),
    ...(idempotencyOf(contract) === "none" ? ["idempotency: the output has sensitive fields, so no key is taken"] : []),
  ];
}

function isRule(rule: unknown): boolean {
  if (rule === "public" || rule === "user") return true;
  if (typeof rule !== "object" || rule === null) return false;
  const named: unknown = "role" in rule ? rule.role : "scope" in rule ? rule.scope : undefined;
  return typeof named === "string" && named !== "" && Object.keys(rule).length === 1;
}

/** Whether its output is none or a schema, and so can be shown on the roads. */
function hasSchema({ output }: Operation): boolean {
  return output === undefined || output instanceof z.ZodType;
}

function duplicates(operations: readonly RegisteredOperation[]): string[] {
  const problems: string[] = [];
  const ids = new Map<string, RegisteredOperation>();
  const routes = new Map<string, string>();
  const contracts = new Map<Operation, string>();
  for (const registered of operations) {
    const route = `${registered.route.method} ${registered.route.path.replaceAll(/\{[^}]+\}/g, "{}")}`;
    const sameRoute = routes.get(route);
    const sameContract = contracts.get(registered.contract);
    if (ids.has(registered.id)) problems.push(`${registered.id}: registered twice`);
    else if (sameContract !== undefined) problems.push(`${registered.id}: the same contract object as ${sameContract}`);
    else if (sameRoute !== undefined)
      problems.push(
        `${registered.id}: the same route as ${sameRoute}: ${registered.route.method} ${registered.route.path}`,
      );
    ids.set(registered.id, registered);
    routes.set(route, registered.id);
    contracts.set(registered.contract, registered.id);
  }
  return problems;
}

/** One name, one declaration: failures by reason, events and streams by name, models by name. */
function declarationClashes(operations: readonly RegisteredOperation[]): string[] {
  const problems: string[] = [];
  const seen = new Map<string, unknown>();
  const claim = (what: string, name: string, declaration: unknown): void => {
    const known = seen.get(`${what} ${name}`);
    if (known !== undefined && known !== declaration)
      problems.push(`${what} "${name}" is declared twice: declare it once and import it`);
    seen.set(`${what} ${name}`, declaration);
  };
  for (const { contract } of operations) {
    for (const failure of contract.failures) claim("failure", failure.reason, failure);
    for (const event of contract.emits) {
      claim("event", event.type, event);
      claim("stream", event.stream.name, event.stream);
    }
    const info = contract.output === undefined ? undefined : modelInfo(contract.output);
    if (info !== undefined) claim("model", info.name, contract.output);
  }
  return [...new Set(problems)];
}

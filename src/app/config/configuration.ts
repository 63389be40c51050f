// Reads the configuration from the environment: everything is checked, and every problem is told at once.

import { SetupError } from "../../core/setup-error.ts";
import { unknownNames } from "./unknown-names.ts";
import { type Environment, fallbackText, type Variable } from "./variable.ts";
import { type VariableKey, variableList, variables } from "./variables.ts";
import { weakSecret } from "./weak-secret.ts";

/** The checked configuration of a process. Lengths of time are milliseconds. */
export type Configuration = {
  readonly [K in VariableKey]: (typeof variables)[K] extends Variable<infer T> ? T : never;
};

/** A configuration with what should be said about it at start. */
export interface LoadedConfiguration {
  readonly configuration: Configuration;
  /** What is probably a mistake, one sentence each; never holds a secret. */
  readonly warnings: readonly string[];
}

/** Names and texts, as `process.env` has them. */
export type EnvironmentTexts = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks the configuration. An empty variable counts as not set.
 * Throws SetupError that lists every problem with the variable, what was found (never for secrets) and what is expected.
 */
export function loadConfiguration(texts: EnvironmentTexts): LoadedConfiguration {
  const problems: string[] = [];
  const environment = environmentOf(texts);
  const values: Record<string, unknown> = {};
  for (const [key, variable] of Object.entries<Variable<unknown>>(variables))
    values[key] = readVariable(variable, texts, environment, problems);
  // Each value was read by the kind of its variable, or there is a problem and it is never used.
  const configuration = values as Configuration;
  const warnings = unknownNames(Object.keys(texts), variableList);
  if (problems.length === 0) checkTogether(configuration, problems);
  checkSecrets(texts, environment, problems, warnings);
  if (problems.length > 0) throw new SetupError(problems, "The configuration is not valid");
  return { configuration, warnings };
}

/** An unknown NODE_ENV is reported as a problem, and judged by the strictest rules meanwhile. */
function environmentOf(texts: EnvironmentTexts): Environment {
  const text = texts[variables.environment.name] || "development";
  const reading = variables.environment.kind.read(text);
  return reading.ok ? reading.value : "production";
}

function readVariable(
  variable: Variable<unknown>,
  texts: EnvironmentTexts,
  environment: Environment,
  problems: string[],
): unknown {
  const text = texts[variable.name] || fallbackText(variable, environment);
  if (text === undefined) return undefined;
  const reading = variable.kind.read(text);
  if (reading.ok) return reading.value;
  const found = variable.secret ? "a value that is not shown" : JSON.stringify(text);
  problems.push(`${variable.name}: found ${found}, expected ${variable.kind.expected}`);
  return undefined;
}

function checkTogether(configuration: Configuration, problems: string[]): void {
  const { callTimeout, callTimeoutMax, roles } = configuration;
  if (callTimeout > callTimeoutMax)
    problems.push(`CALL_TIMEOUT: found ${callTimeout} ms, expected at most CALL_TIMEOUT_MAX (${callTimeoutMax} ms)`);
  if (configuration.redisUrl !== undefined && configuration.databaseUrl === undefined)
    problems.push(
      "REDIS_URL: set without DATABASE_URL, expected both or none (the embedded database caches in memory)",
    );
  if (roles.length === 0) problems.push(`ROLES: found no role, expected ${variables.roles.kind.expected}`);
  const ports = new Map<number, string>();
  for (const key of ["httpPort", "grpcPort", "adminPort"] as const) {
    const other = ports.get(configuration[key]);
    if (other !== undefined && configuration[key] !== 0)
      problems.push(`${variables[key].name}: found ${configuration[key]}, expected another port than ${other}`);
    ports.set(configuration[key], variables[key].name);
  }
}

function checkSecrets(texts: EnvironmentTexts, environment: Environment, problems: string[], warnings: string[]): void {
  const production = environment === "production";
  if (production && !texts.AUTH_SECRET)
    problems.push("AUTH_SECRET: not set, required in production (make one: openssl rand -base64 32)");
  for (const name of ["AUTH_SECRET", "AUTH_SECRET_PREVIOUS"]) {
    const text = texts[name];
    const weakness = text ? weakSecret(text) : undefined;
    if (weakness !== undefined) (production ? problems : warnings).push(`${name}: ${weakness}`);
  }
}

// What one environment variable is: how its text is read, what it is by default, and how the docs describe it.

/** The outcome of reading a text: a value, or what was expected instead. */
export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false };

/** How the texts of a kind of variable are read. */
export interface Kind<T> {
  /** For people, after "expected": `a port from 0 to 65535`. */
  readonly expected: string;
  read(text: string): Reading<T>;
}

/** The environment a process runs in, as NODE_ENV names it. */
export type Environment = "development" | "production" | "test";

/** One variable of the configuration. */
export interface Variable<T> {
  readonly name: string;
  readonly kind: Kind<T>;
  /** The text it has when it is not set; by environment where they differ. Undefined: it has no value then. */
  readonly fallback: string | Readonly<Record<"development" | "production", string>> | undefined;
  /** Whether its value must never be printed. */
  readonly secret: boolean;
  /** One sentence for the docs. */
  readonly describe: string;
}

/** A variable that always has a value. */
export function variable<T>(
  name: string,
  kind: Kind<T>,
  fallback: NonNullable<Variable<T>["fallback"]>,
  describe: string,
): Variable<T> {
  return { name, kind, fallback, secret: false, describe };
}

/** A variable that may be left out and whose value is never printed. */
export function secret<T>(name: string, kind: Kind<T>, describe: string): Variable<T | undefined> {
  return { name, kind, fallback: undefined, secret: true, describe };
}

/** The text of a variable's default in an environment; `test` has development's. */
export function fallbackText(of: Variable<unknown>, environment: Environment): string | undefined {
  if (typeof of.fallback !== "object") return of.fallback;
  return environment === "production" ? of.fallback.production : of.fallback.development;
}

// What an author composes an app from, and everything about it that is known before it runs.

import { createRegistry, type Registry } from "../contract/registry.ts";
import type { Service } from "../contract/service.ts";
import type { AppLimits } from "../limits/app-limits.ts";
import type { PlacedMiddleware } from "../pipeline/entry.ts";
import type { TableMapping } from "../repository/row-source.ts";
import type { Consumer } from "../service/consumers/consumer.ts";
import { type Implementation, isImplementation } from "../service/implement.ts";

/** An app as its author writes it. */
export interface AppDefinition {
  /** Lower case with hyphens: the program's name, the gRPC package's first part, the domain of errors. */
  readonly name: string;
  /** The app's own version, shown by `<app> version` and in OpenAPI; `0.0.0` by default. */
  readonly version?: string;
  readonly description?: string;
  readonly services: readonly Implementation[];
  readonly consumers?: readonly Consumer[];
  /**
   * Its tables, so that a wrong mapping, or a database that does not fit it, is found at start; one that is not listed fails
   * at its first use.
   */
  readonly tables?: readonly DeclaredTable[];
  /** The folder of SQL migrations. */
  readonly migrations?: URL;
  /**
   * The file `contract.lock.json`, which `trivium generate` writes: it pins the numbers of gRPC and holds what callers
   * and consumers rely on. Without it numbers follow the order of declaration, and nothing notices a breaking change.
   */
  readonly lock?: URL;
  /** A folder with a small website, served at `/` by the HTTP road: `index.html` and what belongs to it. */
  readonly website?: URL;
  /** Counters of the app's own, by name, with what they count. */
  readonly metrics?: Readonly<Record<string, string>>;
  /** How often the app as a whole may be called, beside the limits of its operations. */
  readonly limits?: AppLimits;
  /** Around every operation of the app. */
  readonly middleware?: readonly PlacedMiddleware[];
}

/** What an app needs to know of a table: `table` makes it. */
export interface DeclaredTable extends TableMapping {
  readonly problems: readonly string[];
}

/** An app that can be run, generated from and inspected. Nothing is opened or checked by making it. */
export interface App {
  readonly definition: AppDefinition;
  readonly registry: Registry;
}

/**
 * Composes an app.
 *
 * @example export default createApp({ name: "chat", services: [messagesService], migrations: new URL("./migrations/", import.meta.url) });
 */
export function createApp(definition: AppDefinition): App {
  const services: Service[] = definition.services.filter(isImplementation).map(({ service }) => service);
  return { definition, registry: createRegistry(definition.name, services) };
}

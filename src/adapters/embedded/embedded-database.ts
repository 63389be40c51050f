// The database port on PGlite, inside this process: nothing to install, one connection, one owner of the data folder.

import { resolve } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import { SetupError } from "../../core/setup-error.ts";
import type { CallLimits, Database, Transaction, TransactionOptions } from "../../database/database.ts";
import type { DatabaseObserver } from "../../database/observation.ts";
import type { QueryResult, Statement } from "../../database/statement.ts";
import { Pool, type PoolStats } from "../postgres/connection/pool.ts";
import { Hints } from "../postgres/hints.ts";
import { PlainQueries } from "../postgres/plain-queries.ts";
import { PooledTransaction } from "../postgres/transaction.ts";
import { sessionForms } from "../postgres/values/decode.ts";
import { settingStatements } from "../postgres/values/settings.ts";
import { openFolder, ownerFileError, prepareFolder } from "./data-folder.ts";
import { EmbeddedConnection } from "./embedded-connection.ts";
import { Engine } from "./engine.ts";
import { LocalLocks } from "./local-locks.ts";
import { type OwnerRecord, type Ownership, readOwner, tryOwn } from "./owner-lock.ts";
import { loadPGlite, type PGliteModule } from "./pglite.ts";

/** Milliseconds: far beyond any COMMIT inside the process, so that none is given up. */
const commitTimeout = 600_000;

/** Where the data is kept. */
export interface EmbeddedOptions {
  /** A folder, or `memory://`: gone when the database is closed. */
  readonly folder: string;
  /** Milliseconds that a call waits for the connection; 5,000 if not given. */
  readonly waitTimeout?: number | undefined;
  readonly observe?: DatabaseObserver | undefined;
  /** Settings of the session, such as `trivium.unit`. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** For `memory://`: a dumped data directory to begin with, which spares making one. */
  readonly initialData?: Blob | undefined;
}

/** The database port, how busy its connection is, and the ownership of its folder. */
export interface EmbeddedDatabase extends Database {
  stats(): PoolStats;
  /** Tells other processes of the same user how to reach this one. Without a folder it does nothing. */
  publish(address: string, secret: string): Promise<void>;
}

/** Thrown when another process owns the data folder. */
export class FolderOwnedError extends SetupError {
  readonly owner: OwnerRecord | undefined;

  constructor(folder: string, owner: OwnerRecord | undefined) {
    const who = owner === undefined ? "another process" : `process ${owner.pid}`;
    const where = owner === undefined || owner.address === "" ? "" : `, which listens at ${owner.address}`;
    super([
      `the data folder ${folder} is in use by ${who}${where}: stop it, set TRIVIUM_DATA_DIR to another folder, or set DATABASE_URL to share a PostgreSQL server`,
    ]);
    this.owner = owner;
  }
}

/**
 * Opens or makes the database. Throws SetupError with what to do: package missing, folder unusable, of another version;
 * FolderOwnedError when another process owns the folder. What was committed survives a kill of the process, but not a
 * power cut, for PGlite does not wait for the disk.
 */
export async function createEmbeddedDatabase(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const module = await loadPGlite();
  if (options.folder === "memory://") {
    const initial = options.initialData === undefined ? {} : { loadDataDir: options.initialData };
    return open(await module.PGlite.create(options.folder, initial), module, options);
  }
  const folder = resolve(options.folder);
  await prepareFolder(folder);
  const ownership = await tryOwn(folder).catch((error: unknown) => {
    throw ownerFileError(folder, error);
  });
  if (ownership === undefined) throw new FolderOwnedError(folder, await readOwner(folder));
  try {
    return await open(await openFolder(folder, module), module, options, ownership);
  } catch (error) {
    await ownership.release();
    throw error;
  }
}

async function open(
  pglite: PGlite,
  module: PGliteModule,
  options: EmbeddedOptions,
  ownership?: Ownership,
): Promise<EmbeddedDatabase> {
  const engine = new Engine(pglite, module);
  await engine.run(sessionForms);
  const settings = settingStatements(options.settings);
  if (settings !== "") await engine.run({ text: settings, values: [] });
  return new InProcessDatabase(engine, options, ownership);
}

class InProcessDatabase implements EmbeddedDatabase {
  readonly features = { concurrentTransactions: false, cancel: false, shared: false };
  readonly locks = new LocalLocks();
  readonly wakeups = new Hints();
  readonly #engine: Engine;
  readonly #pool: Pool;
  readonly #queries: PlainQueries;
  readonly #ownership: Ownership | undefined;
  #closing: Promise<void> | undefined;

  constructor(engine: Engine, options: EmbeddedOptions, ownership?: Ownership) {
    this.#engine = engine;
    this.#ownership = ownership;
    this.#pool = new Pool({
      open: async () => new EmbeddedConnection(engine, options.observe),
      max: 1,
      waitTimeout: options.waitTimeout ?? 5_000,
    });
    this.#queries = new PlainQueries(this.#pool);
  }

  query(statement: Statement, options: CallLimits = {}): Promise<QueryResult> {
    return this.#queries.query(statement, options);
  }

  begin(options: TransactionOptions): Promise<Transaction> {
    return PooledTransaction.begin(this.#pool, options, commitTimeout);
  }

  /** Never needed: COMMIT is answered or the process is dead, and with it whoever asks. */
  settle(): Promise<"committed" | "rolled back"> {
    return Promise.reject(new Error("The outcome of an embedded transaction is always known"));
  }

  stats(): PoolStats {
    return this.#pool.stats();
  }

  async publish(address: string, secret: string): Promise<void> {
    await this.#ownership?.publish(address, secret);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.wakeups.close();
    this.locks.close();
    await this.#pool.close();
    await this.#engine.close();
    await this.#ownership?.release();
  }
}

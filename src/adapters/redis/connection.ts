// One connection to the server, kept up for ever. A command is answered, or fails within its time: nothing waits for a
// connection, and no script carries the run id of another one.

import { randomUUID } from "node:crypto";
import type { createClient } from "@redis/client";
import { backoff } from "../../core/async.ts";
import { SetupError } from "../../core/setup-error.ts";
import { StoreUnavailable } from "../../store/store.ts";
import type { Script } from "./scripts/scripts.ts";
import { connectProblem, type ServerInfo, serverInfoFrom, serverProblems } from "./setup-problems.ts";

/** How it is kept. */
export interface ConnectionOptions {
  readonly url: string;
  /** Milliseconds. */
  readonly connectTimeout: number;
  readonly commandTimeout: number;
}

/** What a command takes. */
export type Argument = string | Buffer;

/** Time-outs in a row after which the server counts as out of reach. */
const breakAfter = 3;
/** Milliseconds until it is asked again. */
const retryAfter = 500;
const reconnectCap = 1_000;

type Driver = { readonly createClient: typeof createClient; readonly RESP_TYPES: { readonly BLOB_STRING: 36 } };
type Client = ReturnType<typeof createRedisClient>;

/** The module of the driver. Throws SetupError when it is not installed. */
async function loadDriver(): Promise<Driver> {
  try {
    return await import("@redis/client");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")
      throw new SetupError([
        "REDIS_URL is set, and the package `@redis/client` is missing: run `npm install @redis/client`",
      ]);
    throw error;
  }
}

function createRedisClient(driver: Driver, { url, connectTimeout }: ConnectionOptions, isOpen: () => boolean) {
  return driver.createClient({
    url,
    RESP: 3,
    disableOfflineQueue: true,
    maintNotifications: "disabled",
    // Its own time limit is an abort signal for each command, which costs more than the command: see `#send`.
    commandOptions: { timeout: 0, typeMapping: { [driver.RESP_TYPES.BLOB_STRING]: Buffer } },
    socket: {
      connectTimeout,
      // While it is being opened the first failure is the answer.
      reconnectStrategy: (attempt) => (isOpen() ? 20 + backoff(attempt, 50, reconnectCap) : false),
    },
  });
}

/** A connection, with the server's run id. */
export class RedisConnection {
  readonly #client: Client;
  readonly #options: ConnectionOptions;
  readonly #unique = randomUUID();
  #calls = 0;
  #runId: string | undefined;
  #generation = 0;
  #timeouts = 0;
  #brokenUntil = 0;

  /** Connects and looks at the server. Throws SetupError with everything that is wrong with it. */
  static async open(options: ConnectionOptions): Promise<RedisConnection> {
    let isOpen = false;
    const client = createRedisClient(await loadDriver(), options, () => isOpen);
    const connection = new RedisConnection(client, options);
    let firstError: unknown;
    client.on("error", (error) => {
      firstError ??= error;
    });
    let info: ServerInfo;
    try {
      await client.connect();
      info = await connection.#look();
    } catch (error) {
      client.destroy();
      throw new SetupError([connectProblem(options.url, firstError ?? error)]);
    }
    const problems = serverProblems(info);
    if (problems.length > 0) {
      client.destroy();
      throw new SetupError(problems);
    }
    isOpen = true;
    connection.#keepRunId();
    connection.#runId = info.runId;
    return connection;
  }

  private constructor(client: Client, options: ConnectionOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** False while the connection is lost, or the server silent. */
  get isReachable(): boolean {
    return this.#runId !== undefined && (this.#brokenUntil === 0 || performance.now() >= this.#brokenUntil);
  }

  /** Runs a script on the state's key. Rejects with StoreUnavailable when there is no answer. */
  async run(script: Script, state: string, args: readonly Argument[]): Promise<unknown> {
    const runId = this.#runId;
    if (runId === undefined) throw new StoreUnavailable("There is no connection to the Redis server");
    if (!this.isReachable) throw new StoreUnavailable("The Redis server does not answer");
    const own = [runId, `${this.#unique}-${++this.#calls}`];
    // One probe at a time while it was silent.
    if (this.#brokenUntil !== 0) this.#brokenUntil = performance.now() + retryAfter;
    try {
      return await this.#send(["EVALSHA", script.sha, "1", state, ...own, ...args]);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
      // The run id is still the one of this connection: a lost one would have failed the command.
      return await this.#send(["EVAL", script.text, "1", state, ...own, ...args]);
    }
  }

  /** Runs any other command. */
  command(args: readonly Argument[]): Promise<unknown> {
    return this.#send(args);
  }

  close(): void {
    this.#runId = undefined;
    this.#client.destroy();
  }

  #send(args: readonly Argument[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        if (++this.#timeouts >= breakAfter) this.#brokenUntil = performance.now() + retryAfter;
        reject(new StoreUnavailable("The Redis server gave no answer in time"));
      }, this.#options.commandTimeout);
      this.#client.sendCommand(args).then(
        (reply) => {
          clearTimeout(timer);
          this.#timeouts = 0;
          this.#brokenUntil = 0;
          resolve(reply);
        },
        (error: unknown) => {
          clearTimeout(timer);
          reject(
            isRefusal(error) ? error : new StoreUnavailable("The Redis server cannot be reached", { cause: error }),
          );
        },
      );
    });
  }

  /** From here on the run id is known exactly while the connection that it was read on is the one in use. */
  #keepRunId(): void {
    const lost = (): void => {
      this.#generation++;
      this.#runId = undefined;
    };
    this.#client.on("error", lost).on("reconnecting", lost).on("end", lost);
    this.#client.on("ready", () => {
      lost();
      const generation = this.#generation;
      this.#look().then(
        (info) => {
          // A server that has become unfit (a replica, another policy) is as good as none.
          if (generation === this.#generation && serverProblems(info).length === 0) this.#runId = info.runId;
          else if (generation === this.#generation) this.#lookAgain(generation);
        },
        () => this.#lookAgain(generation),
      );
    });
  }

  #lookAgain(generation: number): void {
    setTimeout(() => {
      if (generation === this.#generation && this.#client.isReady) this.#client.emit("ready");
    }, reconnectCap).unref();
  }

  async #look(): Promise<ServerInfo> {
    // Reading all of it needs no right beyond INFO, and works where CONFIG is forbidden.
    const info = await this.#send(["INFO"]);
    return serverInfoFrom(String(info));
  }
}

/** Whether the server answered, and said no. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && /^[A-Z]+ /.test(error.message);
}

// The context of a running handler: one object, made per call; what it can do depends on the session below it.

import type { EventType } from "../contract/event.ts";
import { errorFromFailure, type Failure } from "../contract/failure.ts";
import type { Operation } from "../contract/operation.ts";
import type { RegisteredOperation } from "../contract/registry.ts";
import type { AppError } from "../core/app-error.ts";
import type { Clock } from "../core/clock.ts";
import { uuidv7 } from "../core/ids.ts";
import { maxKeyBytes, maxPayloadBytes } from "../events/outbox.ts";
import type { CallOrigin, Road } from "../pipeline/call.ts";
import { type DataScope, dataScope } from "../repository/row-source.ts";
import type { Auth, Log, Metrics, RequestInfo, Sqls } from "./context.ts";
import type { Environment } from "./environment.ts";
import { isReading } from "./reading-sql.ts";
import { type CallSession, type ReadSession, unitOf } from "./session.ts";
import { UnitOfWork } from "./unit-of-work/unit-of-work.ts";
import { currentScope } from "./unit-of-work/unit-scope.ts";

/** What a context may emit, and how it names itself in logs. */
export interface HandlerIdentity {
  /** `messages.post`, or a consumer's name. */
  readonly name: string;
  readonly road: Road;
  readonly emits: readonly EventType[];
  /** Its answer is kept for all: it must not depend on who asks. */
  readonly shared?: boolean;
}

/** Implements every context type of context.ts; which of them a handler sees, its types decide. */
export class HandlerContext {
  readonly #environment: Environment;
  readonly #origin: CallOrigin;
  readonly #identity: HandlerIdentity;
  readonly #session: CallSession;
  #log: Log | undefined;
  #data: DataScope | undefined;

  constructor(environment: Environment, origin: CallOrigin, identity: HandlerIdentity, session: CallSession) {
    this.#environment = environment;
    this.#origin = origin;
    this.#identity = identity;
    this.#session = session;
  }

  get user() {
    if (this.#identity.shared)
      throw new Error(`${this.#identity.name} is cached as shared: only its authorize sees who calls`);
    return this.#origin.user;
  }

  get request(): RequestInfo {
    const { id, address, deadline } = this.#origin;
    return { id, road: this.#identity.road, address, deadline, idempotencyKey: undefined };
  }

  get signal(): AbortSignal {
    return this.#origin.signal;
  }

  get clock(): Clock {
    return this.#environment.clock;
  }

  get auth(): Auth {
    return this.#environment.auth;
  }

  get log(): Log {
    this.#log ??= callLog(this.#environment.log, {
      requestId: this.#origin.id,
      operation: this.#identity.name,
      userId: this.#origin.user?.id,
    });
    return this.#log;
  }

  get metrics(): Metrics {
    const { metrics } = this.#environment;
    const session = this.#session;
    if (!(session instanceof UnitOfWork)) return metrics;
    return {
      count: (name, by) => {
        // After COMMIT it would be too late to fail.
        metrics.count(name, 0);
        if (by !== undefined && !(by >= 0)) throw new Error(`The counter ${name} cannot count ${by}`);
        session.afterCommit(() => metrics.count(name, by));
      },
    };
  }

  fail(failure: Failure, details?: Record<string, unknown>): AppError {
    return errorFromFailure(failure, details ?? {});
  }

  emit(event: EventType, data: unknown): void {
    const unit = unitOf(this.#session, `Emitting ${event.type}`);
    if (!this.#identity.emits.includes(event))
      throw new Error(`${this.#identity.name} does not declare that it emits ${event.type}`);
    const checked = event.data.parse(data);
    const key = event.key(checked);
    const bytes = Buffer.byteLength(JSON.stringify(checked));
    const keyBytes = Buffer.byteLength(key);
    if (bytes > maxPayloadBytes)
      throw new Error(`${event.type} has ${bytes} bytes of data; the limit is ${maxPayloadBytes}`);
    if (keyBytes < 1 || keyBytes > maxKeyBytes)
      throw new Error(`${event.type} has a key of ${keyBytes} bytes; 1 to ${maxKeyBytes} are allowed`);
    unit.emit({
      id: uuidv7(),
      stream: event.stream.name,
      key,
      type: event.type,
      version: event.version,
      data: checked,
      headers: this.#environment.traceHeaders(this.#origin),
    });
  }

  async call(operation: Operation, input: unknown): Promise<unknown> {
    const registered = this.#environment.find(operation);
    if (registered === undefined)
      throw new Error(`${this.#identity.name} calls an operation that this app does not serve`);
    if (!(this.#session instanceof UnitOfWork)) {
      if (operation.kind === "command")
        throw new Error(`${this.#identity.name} is not in a unit of work and cannot call ${registered.id}`);
      return this.#environment.nested(this.#origin, registered, input);
    }
    const result = this.#callInside(this.#session, registered, input);
    currentScope()?.track(result);
    return result;
  }

  async #callInside(unit: UnitOfWork, operation: RegisteredOperation, input: unknown): Promise<unknown> {
    const scope = await unit.enter();
    try {
      return await this.#environment.nested(this.#origin, operation, input);
    } catch (error) {
      scope.fail(error);
      throw error;
    }
  }

  try<T>(fn: () => Promise<T>): Promise<T> {
    return unitOf(this.#session, "ctx.try").savepoint(fn);
  }

  depends(...tags: readonly string[]): void {
    if (!(this.#session instanceof UnitOfWork)) this.#session.dependencies?.name(tags);
  }

  touch(...tags: readonly string[]): void {
    unitOf(this.#session, "ctx.touch").touch(tags);
  }

  get db(): Sqls {
    return {
      rows: async (statement, row) => {
        if (this.#session instanceof UnitOfWork) this.#session.markSql(statement.text);
        else this.#readBySql(this.#session, statement.text);
        const { rows } = await this.#session.query(statement);
        return rows.map((found) => row.parse(found));
      },
      execute: async (statement) => {
        this.#assertWritable();
        unitOf(this.#session, "Writing rows").markSql(statement.text);
        return (await this.#session.query(statement)).rowCount;
      },
    };
  }

  #readBySql(session: ReadSession, text: string): void {
    if (!isReading(text))
      throw new Error(`${this.#identity.name} can only read here: write in a command, or in a consumer`);
    session.dependencies?.readUnnamed();
  }

  get [dataScope](): DataScope {
    this.#data ??= {
      rows: this.#session.rows,
      clock: this.#environment.clock,
      assertWritable: () => this.#assertWritable(),
      assertLockable: () => void unitOf(this.#session, "Locking rows").scope(),
    };
    return this.#data;
  }

  #assertWritable(): void {
    const unit = unitOf(this.#session, "Writing rows");
    unit.scope();
    unit.markWrite();
  }
}

function callLog(log: Log, call: object): Log {
  return {
    debug: (fields, message) => log.debug({ ...call, ...fields }, message),
    info: (fields, message) => log.info({ ...call, ...fields }, message),
    warn: (fields, message) => log.warn({ ...call, ...fields }, message),
    error: (fields, message) => log.error({ ...call, ...fields }, message),
  };
}

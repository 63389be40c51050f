// The typed client: the operations of some contracts as functions, over whatever road its transport takes.

import { sendsMany, takesMany } from "../contract/operation.ts";
import { createRegistry, type RegisteredOperation } from "../contract/registry.ts";
import { type Service, serviceInfo } from "../contract/service.ts";
import { SetupError } from "../core/setup-error.ts";
import { type ClientSettings, callForMany, callOnce, type ItemsGiven } from "./calls/calls.ts";
import type { CallOptions, Client, Contracts, StreamOptions } from "./client-types.ts";
import { httpTransport } from "./http/http-transport.ts";
import { createTokenSource, type TokenOption } from "./token-source.ts";
import type { ClientTransport } from "./transport.ts";

/** How a client calls. */
export type ClientOptions = CommonOptions &
  (
    | {
        /** Base URL of a server's HTTP: `https://chat.example.com`. */
        readonly url: string;
        readonly transport?: undefined;
      }
    | {
        /** Another road than HTTP, such as `grpcTransport` of trivium/client/grpc. */
        readonly transport: ClientTransport;
        readonly url?: undefined;
      }
  );

/** What all its calls share. */
interface CommonOptions {
  /** Whom it calls as; nobody by default. */
  readonly token?: TokenOption | undefined;
  /** Milliseconds for a query or a command with all that is tried again; 30,000 by default. */
  readonly timeout?: number | undefined;
  /** How often a call that may be repeated is tried again at most; 3 by default. */
  readonly retries?: number | undefined;
  /** Whether server streams with cursors go on by themselves when they are cut off; true by default. */
  readonly resume?: boolean | undefined;
}

/** Of the road: names of operations hold the app's where it has one. */
const unnamed = "app";

/**
 * Makes a client of services' contracts. It keeps nothing open by itself: a transport that was given is closed by who
 * made it. Calls reject with the AppError that the server threw; see `isFailure` to tell them apart. What is tried again:
 * UNAVAILABLE of queries, of streams before their first message, and of commands that carry an idempotency key, which
 * signed-in callers' commands get by themselves; with a key also IDEMPOTENCY_IN_PROGRESS and OUTCOME_UNKNOWN.
 * Throws SetupError where a contract is unsound or the transport cannot carry it.
 *
 * @example const chat = createClient({ messages, channels }, { url: "http://127.0.0.1:8080", token });
 * const message = await chat.messages.post({ channelId, body });
 */
export function createClient<const C extends Contracts>(contracts: C, options: ClientOptions): Client<C> {
  const transport = options.transport ?? httpTransport({ url: options.url });
  const services = [...new Set(Object.values(contracts).map(asService))];
  const registry = createRegistry(transport.app ?? unnamed, services);
  if (registry.problems.length > 0) throw new SetupError(registry.problems, "The client cannot be made");
  const settings: ClientSettings = {
    caller: transport.connect(registry),
    tokens: createTokenSource(options.token),
    timeout: options.timeout ?? 30_000,
    retries: options.retries ?? 3,
    resume: options.resume ?? true,
  };
  const byContract = new Map(registry.operations.map((operation) => [operation.contract, operation]));
  const client = mapValues(contracts, (service) =>
    mapValues(service, (contract) => {
      const operation = byContract.get(contract);
      return operation === undefined ? undefined : functionOf(settings, operation);
    }),
  );
  return client as Client<C>; // each function is made by its operation's kind, as the type says
}

function asService(service: Contracts[string]): Service {
  if (serviceInfo in service) return service as Service; // made by `service`
  throw new SetupError(["a contract is not what service() returns"], "The client cannot be made");
}

function functionOf(settings: ClientSettings, operation: RegisteredOperation) {
  const call = sendsMany(operation.contract) ? callForMany : callOnce;
  if (takesMany(operation.contract))
    return (open: unknown, items: ItemsGiven, options: CallOptions = {}) =>
      call(settings, operation, open, items, options);
  return (input: unknown = {}, options: StreamOptions = {}) => call(settings, operation, input, undefined, options);
}

function mapValues<T, R>(of: Readonly<Record<string, T>>, map: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, map(value)]));
}

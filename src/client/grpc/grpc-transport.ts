// gRPC as a client's road.

import { ChannelCredentials, Client, type ClientOptions } from "@grpc/grpc-js";
import { lockFrom } from "../../compatibility/lock.ts";
import { pinnedNumbering } from "../../compatibility/numbering.ts";
import { SetupError } from "../../core/setup-error.ts";
import { createGrpcSchema } from "../../transports/grpc/schema/schema.ts";
import type { ClientTransport } from "../transport.ts";
import { createGrpcCaller } from "./grpc-caller.ts";

/** Where the server is, and what it is called. */
export interface GrpcTransportOptions {
  /** `127.0.0.1:9090`, or another target of gRPC's naming: `dns:///chat.internal:9090`. */
  readonly address: string;
  /** The app's name, which the names of services begin with. May be left out where a lock is given, which has it. */
  readonly app?: string | undefined;
  /**
   * The text of the app's `contract.lock.json`, which pins the numbers of fields. Without it they are those of the order
   * of declaration, as a server without a lock has them.
   */
  readonly lock?: string | undefined;
  /** Encrypts the connection; without it what is sent can be read on the way. */
  readonly tls?: TlsOptions | undefined;
}

/** Certificates in PEM; `{}` for a server with a certificate that the machine trusts. */
export interface TlsOptions {
  /** Who may have signed the server's certificate; by default whom the machine trusts. */
  readonly authorities?: Uint8Array | undefined;
  /** The client's own, where the server asks for one. */
  readonly key?: Uint8Array | undefined;
  readonly certificate?: Uint8Array | undefined;
}

/** Messages are as large as the server makes them; a call is tried again by the client, not by the library. */
const channelOptions: ClientOptions = {
  "grpc.enable_retries": 0,
  "grpc.enable_channelz": 0,
  "grpc.max_receive_message_length": -1,
  "grpc.max_send_message_length": -1,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 5_000,
  "grpc.keepalive_time_ms": 60_000,
  "grpc.keepalive_timeout_ms": 20_000,
};

/**
 * A road over gRPC: one connection, opened by the first call and kept until `close`. A client over it needs the contract
 * of every service whose models its operations use.
 *
 * @example const transport = grpcTransport({ address: "127.0.0.1:9090", app: "chat" });
 * const chat = createClient({ messages, channels }, { transport, token });
 */
export function grpcTransport(options: GrpcTransportOptions): ClientTransport {
  const { address, lock } = options;
  const app = options.app ?? (lock === undefined ? undefined : appOf(lock));
  if (app === undefined) throw unusable(["app: say the name of the server's app, or give its lock"]);
  const wire = lock === undefined ? undefined : lockFrom(lock, app).wire;
  const client = new Client(address, credentialsFrom(options.tls), channelOptions);
  const closed = new AbortController();
  return {
    app,
    connect(registry) {
      const schema = createGrpcSchema(registry, pinnedNumbering(wire));
      if (schema.problems.length > 0) throw unusable(schema.problems);
      return createGrpcCaller({ client, address, closed: closed.signal }, schema.methods);
    },
    close() {
      closed.abort();
      client.close();
    },
  };
}

function appOf(lock: string): string | undefined {
  try {
    const { app } = JSON.parse(lock) as { app?: unknown }; // whatever it is, it is looked at
    return typeof app === "string" ? app : undefined;
  } catch {
    return undefined; // what is wrong with it is said by who reads it
  }
}

function unusable(problems: readonly string[]): SetupError {
  return new SetupError(problems, "The client cannot be made");
}

function credentialsFrom(tls: TlsOptions | undefined): ChannelCredentials {
  if (tls === undefined) return ChannelCredentials.createInsecure();
  return ChannelCredentials.createSsl(bufferOf(tls.authorities), bufferOf(tls.key), bufferOf(tls.certificate));
}

function bufferOf(bytes: Uint8Array | undefined): Buffer | null {
  return bytes === undefined ? null : Buffer.from(bytes);
}

// What the gRPC road is made of and how it behaves: filled by the composition root.

import type { Registry } from "../../contract/registry.ts";
import type { Caller } from "../../pipeline/call.ts";
import type { Numbering } from "./schema/numbering.ts";

/** Whether the process takes work: what the health service tells. */
export interface Readiness {
  report(): Promise<{ readonly ready: boolean }>;
  /** Hears of each change; answers how to stop hearing. */
  onChange(listener: (ready: boolean) => void): () => void;
}

/** Certificates, PEM. */
export interface TlsOptions {
  readonly key: Buffer;
  readonly certificate: Buffer;
  /** Who signs the clients' certificates. Given: a client without a certificate of theirs is not let in (mTLS). */
  readonly clientAuthorities?: Buffer | undefined;
}

/** Limits of connections, all in milliseconds unless they say otherwise. */
export interface ConnectionLimits {
  /** An idle connection is closed after this. Default: 5 minutes. */
  readonly maxIdle?: number;
  /** A connection is asked to end (GOAWAY) at this age, with 10 % of jitter, so that load spreads. Default: 1 hour. */
  readonly maxAge?: number;
  /** How long the calls of an old connection may still take. Default: 1 minute. */
  readonly maxAgeGrace?: number;
  /** A ping is sent after this long without one. Default: 2 minutes. */
  readonly keepaliveTime?: number;
  /** A connection whose ping is not answered in this time is cut. Default: 20 seconds. */
  readonly keepaliveTimeout?: number;
  /** Calls at a time on one connection, a number. Default: 256. */
  readonly maxConcurrentStreams?: number;
  /** Memory that one connection may hold, in megabytes. Default: 32. */
  readonly maxSessionMemory?: number;
}

/** How to make the gRPC server. */
export interface GrpcServerOptions {
  readonly registry: Registry;
  readonly caller: Caller;
  /** An address or a name to bind, such as `127.0.0.1` or `::`. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly health: Readiness;
  /** Bytes of one request message, also after decompression. Default: 1 MiB. */
  readonly maxMessageBytes?: number;
  /** Milliseconds that a client may leave the answers of a stream unread, before it is given up. Default: 30 seconds. */
  readonly patience?: number | undefined;
  /** Without it connections are plain text. */
  readonly tls?: TlsOptions | undefined;
  /** The secret that lets the machine's owner act as any user. */
  readonly localSecret?: string | undefined;
  readonly connections?: ConnectionLimits;
  /** The numbers of fields and enum values; by default their order of declaration. */
  readonly numbering?: Numbering | undefined;
}

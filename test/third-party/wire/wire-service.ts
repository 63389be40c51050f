// A service of somebody else's .proto file by its bytes: written once, served by our transport and by bare grpc-js, so
// that the two can be compared.

/** What a handler sees of its call, and may say beside its answers. */
export interface Exchange {
  /** As they came, several values of a name joined by a comma and a blank; of binary ones their base64. */
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** Milliseconds that were left when it began; undefined: no deadline. */
  readonly timeout: number | undefined;
  /** Adds to the initial and to the trailing metadata. Before the first answer. */
  respondWith(headers: Pairs, trailers: Pairs): void;
  readonly signal: AbortSignal;
}

/** Names and texts of metadata. */
export type Pairs = readonly (readonly [name: string, value: string | Buffer])[];

/** A status that a handler ends with. */
export class WireStatus extends Error {
  readonly code: number;
  /** The encoded google.rpc.Status. */
  readonly details: Buffer | undefined;

  constructor(code: number, message: string, details?: Buffer) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** The handlers of a service by the names of its methods. */
export interface WireService {
  /** `grpc.testing.TestService` */
  readonly name: string;
  readonly unary: Readonly<Record<string, (request: Buffer, exchange: Exchange) => Promise<Buffer>>>;
  readonly serverStream: Readonly<Record<string, (request: Buffer, exchange: Exchange) => AsyncIterable<Buffer>>>;
  readonly clientStream: Readonly<
    Record<string, (requests: AsyncIterable<Buffer>, exchange: Exchange) => Promise<Buffer>>
  >;
  readonly bidi: Readonly<
    Record<string, (requests: AsyncIterable<Buffer>, exchange: Exchange) => AsyncIterable<Buffer>>
  >;
}

/** An open server. */
export interface WireServer {
  readonly port: number;
  close(): Promise<void>;
}

// One exchange with a server as bytes: nothing tidies up what is sent or what comes back.

import { once } from "node:events";
import { request } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";

/** An answer, with every byte of it that can be had. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** What to send over HTTP. */
export interface RawRequest {
  readonly method?: string | undefined;
  /** Path and query, sent as they are. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Buffer | undefined;
  /** Without Content-Length. */
  readonly chunked?: boolean | undefined;
}

/** Sends a request over a connection of its own. Rejects where no answer came within 10 s. */
export function overHttp(origin: string, { method, path, headers, body, chunked }: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin);
  const length = body === undefined || chunked === true ? {} : { "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        hostname,
        port,
        path,
        method: method ?? (body === undefined ? "GET" : "POST"),
        headers: { ...length, ...headers },
        agent: false,
        signal: AbortSignal.timeout(10_000),
      },
      (response) => {
        buffer(response).then(
          (answer) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer }),
          reject,
        );
      },
    );
    sent.on("error", reject).end(body);
  });
}

/** Sends bytes and answers all that comes back until the server closes the connection; it must within 10 s. */
export async function overSocket(origin: string, bytes: string | Buffer): Promise<Buffer> {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port) });
  const received: Buffer[] = [];
  socket.on("error", () => undefined).on("data", (chunk: Buffer) => received.push(chunk));
  socket.write(bytes);
  await once(socket, "close", { signal: AbortSignal.timeout(10_000) });
  return Buffer.concat(received);
}

/** A message as gRPC frames it. */
export function framed(message: Uint8Array, compressed = false): Buffer {
  const head = Buffer.alloc(5);
  head[0] = compressed ? 1 : 0;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** What to send over gRPC. */
export interface RawCall {
  /** `/chat.messages.v1.MessagesService/Get` */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Everything after the headers, frames included. */
  readonly body: Buffer;
}

/** A gRPC answer; headers and trailers together. */
export interface RawReply extends RawAnswer {
  /** `grpc-status`; -1 without one. */
  readonly code: number;
  /** `grpc-status-details-bin`, decoded. */
  readonly details: Buffer;
}

/** Sends one HTTP/2 request to a gRPC address. Rejects where the stream does not end within 10 s. */
export async function overGrpc(address: string, { path, headers, body }: RawCall): Promise<RawReply> {
  const session = connectHttp2(`http://${address}`);
  session.on("error", () => undefined);
  const fixed = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" };
  const stream = session.request({ ...fixed, ...headers });
  const got: Record<string, unknown> = {};
  const keep = (block: object): object => Object.assign(got, block);
  const received: Buffer[] = [];
  stream
    .on("response", keep)
    .on("trailers", keep)
    .on("error", () => undefined);
  stream.on("data", (chunk: Buffer) => received.push(chunk));
  if (!stream.writableEnded) stream.end(body); // a GET has ended by itself
  await once(stream, "close", { signal: AbortSignal.timeout(10_000) });
  session.destroy();
  return {
    status: Number(got[":status"] ?? 0),
    headers: got,
    body: Buffer.concat(received),
    code: Number(got["grpc-status"] ?? -1),
    details: Buffer.from(String(got["grpc-status-details-bin"] ?? ""), "base64"),
  };
}

// Many who watch: each on a connection of his own, who does nothing but count.

import { connect } from "node:net";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import WebSocket from "ws";
import { watchMethod, watchRequest } from "./event.ts";

/** Where and as whom they watch. */
export interface WatchTarget {
  readonly port: number;
  readonly grpcPort: number;
  readonly token: string;
  readonly channelId: string;
}

/** How they watch. */
export type WatchRoad = "ndjson" | "ws" | "grpc";

interface Wait {
  readonly count: number;
  resolve(): void;
}

/** A crowd, and how many events it was delivered in all. */
export class Subscribers {
  readonly #ends: (() => void)[] = [];
  #delivered = 0;
  #failure: Error | undefined;
  #wait: Wait | undefined;

  /** Opens so many; resolves when all were let in. */
  async open(count: number, road: WatchRoad, target: WatchTarget): Promise<void> {
    const join = { ndjson: joinLines, ws: joinSocket, grpc: joinGrpc }[road];
    for (let made = 0; made < count; made += 50)
      await Promise.all(Array.from({ length: 50 }, () => join(target, this)));
  }

  get delivered(): number {
    return this.#delivered;
  }

  /** Resolves when so many were delivered in all. */
  until(count: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) reject(this.#failure);
      else if (this.#delivered >= count) resolve();
      else this.#wait = { count, resolve };
    });
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  joined(end: () => void): void {
    this.#ends.push(end);
  }

  deliver(count: number): void {
    this.#delivered += count;
    if (this.#wait !== undefined && this.#delivered >= this.#wait.count) this.#wait.resolve();
  }

  failed(error: Error): void {
    this.#failure = error;
    this.close();
  }
}

const itemMark = Buffer.from('{"item":');

function joinLines({ port, token, channelId }: WatchTarget, crowd: Subscribers): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true }, () => {
      socket.write(
        `GET /v1/channels/${channelId}/watch HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      );
    });
    let isOpen = false;
    socket.on("error", reject);
    socket.on("data", (bytes: Buffer) => {
      if (isOpen) return crowd.deliver(countOf(bytes));
      isOpen = true;
      if (!bytes.subarray(0, 15).toString().includes(" 200 ")) return reject(new Error(String(bytes)));
      crowd.joined(() => socket.destroy());
      resolve();
    });
  });
}

/** An event is written as a whole, so that its mark is never in two pieces. */
function countOf(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(itemMark); at !== -1; at = bytes.indexOf(itemMark, at + 1)) count++;
  return count;
}

function joinSocket({ port }: WatchTarget, crowd: Subscribers): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: false });
    socket.on("error", reject).on("open", () => resolve());
    socket.on("message", () => crowd.deliver(1));
    crowd.joined(() => socket.terminate());
  });
}

function joinGrpc({ grpcPort, token, channelId }: WatchTarget, crowd: Subscribers): Promise<void> {
  return new Promise((resolve, reject) => {
    const client = new Client(`127.0.0.1:${grpcPort}`, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
    const metadata = new Metadata();
    metadata.set("authorization", `Bearer ${token}`);
    const asIs = (bytes: Buffer): Buffer => bytes;
    const call = client.makeServerStreamRequest(watchMethod.path, asIs, asIs, watchRequest(channelId), metadata);
    let isClosed = false;
    call.on("metadata", () => resolve());
    call.on("data", () => crowd.deliver(1));
    call.on("error", (error) => {
      reject(error);
      if (!isClosed) crowd.failed(error);
    });
    crowd.joined(() => {
      isClosed = true;
      call.cancel();
      client.close();
    });
  });
}

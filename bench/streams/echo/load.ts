// Streams that send one message for each that comes back, a window of them on its way: the client's cost is not measured.

import { Client, credentials, Metadata } from "@grpc/grpc-js";
import WebSocket from "ws";
import { createCodecs } from "../../../src/transports/grpc/codec.ts";
import { createGrpcSchema } from "../../../src/transports/grpc/schema/schema.ts";
import { repeat } from "../../load.ts";
import { echoApp, echoMessage } from "./app.ts";

/** How much is sent, at how many a time. */
export interface EchoAmount {
  readonly messages: number;
  readonly streams: number;
  /** Messages of one stream on their way. */
  readonly window: number;
}

/** One direction of a stream that is open: `send` sends one message, `end` ends it well. */
interface Talk {
  send(): void;
  end(): void;
}

/** Counts what comes back, and sends on. */
class Rally {
  readonly #quota: number;
  #sent = 0;
  #received = 0;

  constructor(quota: number) {
    this.#quota = quota;
  }

  begin(talk: Talk, window: number): void {
    while (this.#sent < Math.min(window, this.#quota)) this.#send(talk);
  }

  came(talk: Talk): void {
    this.#received++;
    if (this.#sent < this.#quota) this.#send(talk);
    else if (this.#received === this.#quota) talk.end();
  }

  get isComplete(): boolean {
    return this.#received === this.#quota;
  }

  #send(talk: Talk): void {
    this.#sent++;
    talk.send();
  }
}

/** Over WebSocket, each stream a connection. */
export function webSocketEcho(port: number, token: string, amount: EchoAmount): Promise<void> {
  const { messages, streams, window } = amount;
  const frame = JSON.stringify({ item: echoMessage });
  const stream = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` };
      const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/talk`, { headers, perMessageDeflate: false });
      const rally = new Rally(messages / streams);
      const talk: Talk = { send: () => socket.send(frame), end: () => socket.close(1000) };
      socket.on("open", () => rally.begin(talk, window));
      socket.on("message", (data) => {
        if ((data as Buffer).length > 200) rally.came(talk);
        else reject(new Error(`an answer that is none: ${data}`));
      });
      socket.on("error", reject);
      socket.on("close", () => (rally.isComplete ? resolve() : reject(new Error("the stream ended early"))));
    });
  return repeat(streams, stream, streams);
}

const method = createGrpcSchema(echoApp.registry).methods[0];

/** Over gRPC, each stream on a connection of its own. */
export async function grpcEcho(port: number, token: string, amount: EchoAmount): Promise<void> {
  if (method === undefined) throw new Error("the app has no method");
  const { messages, streams, window } = amount;
  const codec = createCodecs()(method.method.input);
  const opening = codec.encode({ open: {} });
  const item = codec.encode({ item: echoMessage });
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${token}`);
  const asIs = (bytes: Buffer): Buffer => bytes;
  const stream = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
        "grpc.use_local_subchannel_pool": 1,
      });
      const call = client.makeBidiStreamRequest(method.path, asIs, asIs, metadata);
      const rally = new Rally(messages / streams);
      const talk: Talk = { send: () => call.write(item), end: () => call.end() };
      call.write(opening);
      call.on("data", () => rally.came(talk));
      call.on("error", reject);
      call.on("end", () => {
        client.close();
        if (rally.isComplete) resolve();
        else reject(new Error("the stream ended early"));
      });
      rally.begin(talk, window);
    });
  await repeat(streams, stream, streams);
}

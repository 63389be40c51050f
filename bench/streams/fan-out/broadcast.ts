// Bare broadcasts: who connects is written to whenever somebody posts; the bytes are made once, and nothing is kept.

import { createServer, type ServerResponse } from "node:http";
import { Server, ServerCredentials, type ServerWritableStream } from "@grpc/grpc-js";
import { WebSocketServer } from "ws";
import { eventBytes, eventText, watchMethod } from "./event.ts";

const road = process.argv[2];
const port = Number(process.env.HTTP_PORT ?? 0);
const everybody = new Set<() => void>();

/** Hears of every post until he is gone. */
function join(write: () => void, leave: (gone: () => void) => void): void {
  everybody.add(write);
  leave(() => everybody.delete(write));
}

const server = createServer((request, response) => {
  if (request.method === "GET" && request.url !== "/") return watch(response);
  if (request.method === "POST") for (const write of everybody) write();
  response.end();
});
server.listen(port, "127.0.0.1");

function watch(response: ServerResponse): void {
  response.setHeader("content-type", "application/x-ndjson").flushHeaders();
  const line = `${eventText}\n`;
  join(
    () => void response.write(line),
    (gone) => void response.on("close", gone),
  );
}

if (road === "ws") {
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on("connection", (socket) => {
    join(
      () => socket.send(eventText),
      (gone) => void socket.on("close", gone),
    );
  });
}

if (road === "grpc") {
  const grpc = new Server({ "grpc.enable_channelz": 0 });
  const asIs = (bytes: Buffer): Buffer => bytes;
  const handle = (call: ServerWritableStream<Buffer, Buffer>): void => {
    call.sendMetadata(call.metadata);
    join(
      () => void call.write(eventBytes),
      (gone) => void call.on("cancelled", gone),
    );
  };
  grpc.register(watchMethod.path, handle, asIs, asIs, "serverStream");
  grpc.bindAsync(`127.0.0.1:${process.env.GRPC_PORT}`, ServerCredentials.createInsecure(), (error) => {
    if (error !== null) throw error;
  });
}

// Bare `ws` giving back each message, through JSON both ways: what every WebSocket service pays.

import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { report } from "../../measure.ts";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("connection", (socket) => {
  socket.on("message", (data) => {
    const { item } = JSON.parse(String(data)) as { item: unknown }; // what the load sends
    socket.send(JSON.stringify({ item }));
  });
});
server.on("listening", () => report((server.address() as AddressInfo).port));

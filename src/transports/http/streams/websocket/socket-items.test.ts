import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { settled } from "../flows.fixture.ts";
import { frameFrom } from "./frames.ts";
import { SocketItems } from "./socket-items.ts";

test("however small frames are, not many are read ahead of who asks for them", async (t) => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  t.after(() => server.close());
  await once(server, "listening");
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`); // listening on a port
  t.after(() => client.terminate());
  const [socket] = (await once(server, "connection")) as [WebSocket];
  const items = new SocketItems(() => undefined);
  items.readFrom(socket);
  let read = 0;
  socket.on("message", (data, isBinary) => {
    read++;
    items.take(frameFrom(data, isBinary), (data as Buffer).length); // the kind that is asked for by default
  });
  await once(client, "open");
  const sent = 200_000;
  for (let count = 0; count < sent; count++) client.send("");
  assert.ok((await settled(() => read)) < 50_000, `${read} frames wait`);
  for (let count = 0; count < sent; count++) await items.next();
  assert.equal(read, sent);
});

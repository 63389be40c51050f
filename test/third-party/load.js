// k6: load over HTTP, WebSocket and gRPC at once. Every check must hold, and nothing may fail.

import { check } from "k6";
import http from "k6/http";
import grpc from "k6/net/grpc";
import ws from "k6/ws";

const { URL: url, ADDRESS: address, TOKEN: token, CHANNEL: channel } = __ENV;
const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
// Together less than the app's own limit of 10,000 calls a minute, however fast the machine is.
const scenario = (exec, rate) => ({
  ...{ executor: "constant-arrival-rate", duration: "8s", rate, timeUnit: "1s" },
  ...{ preAllocatedVUs: 10, maxVUs: 50, exec },
});

export const options = {
  scenarios: { http: scenario("overHttp", 100), socket: scenario("overWebSocket", 25), grpc: scenario("overGrpc", 50) },
  thresholds: { checks: ["rate==1"], http_req_failed: ["rate==0"], ws_msgs_received: ["count>100"] },
};

const client = new grpc.Client();
client.load(["../../proto"], "chat/messages/v1/messages.proto");
const method = (name) => `chat.messages.v1.MessagesService/${name}`;

export function overHttp() {
  const listed = http.get(`${url}/v1/channels/${channel}/messages?limit=5`, { headers });
  check(listed, { "a page": ({ status }) => status === 200 });
  const { id } = listed.json("items.0");
  check(http.get(`${url}/v1/messages/${id}`, { headers }), { "a message": (read) => read.json("id") === id });
}

export function overWebSocket() {
  const address = `${url.replace("http", "ws")}/v1/channels/${channel}/converse`;
  let accepted = 0;
  let ended = false;
  const response = ws.connect(address, { headers: { authorization: headers.authorization } }, (socket) => {
    socket.on("open", () => {
      // Bodies that are refused: what is measured is the stream, not the limit of posting.
      for (let n = 0; n < 20; n++) socket.send(JSON.stringify({ item: { body: " " } }));
      socket.send(JSON.stringify({ end: true }));
    });
    socket.on("message", (text) => {
      const frame = JSON.parse(text);
      if (frame.item?.type === "refused") accepted++;
      if (frame.end) {
        ended = true;
        socket.close();
      }
    });
  });
  check(response, { "let in": ({ status }) => status === 101 });
  check(null, { "every item answered": () => accepted === 20, "told of the end": () => ended });
}

export function overGrpc() {
  if (__ITER === 0) client.connect(address, { plaintext: true });
  const metadata = { authorization: headers.authorization };
  const listed = client.invoke(method("List"), { channel_id: channel, limit: 5 }, { metadata });
  check(listed, { "a page over gRPC": ({ status }) => status === grpc.StatusOK });
  const { id } = listed.message.items[0];
  const read = client.invoke(method("Get"), { id }, { metadata });
  check(read, { "a message over gRPC": ({ message }) => message.id === id });
}

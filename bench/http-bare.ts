// Bare node:http and bare Fastify answering one message by id: what every HTTP service pays before it does anything.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Fastify from "fastify";
import { report } from "./measure.ts";
import { sampleMessage } from "./sample.ts";

const wanted = Number(process.env.HTTP_PORT ?? 0);
if (process.argv[2] === "node") {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify(sampleMessage));
  });
  server.listen(wanted, "127.0.0.1", () => report((server.address() as AddressInfo).port));
} else {
  const app = Fastify();
  app.get("/v1/messages/:id", async () => sampleMessage);
  await app.listen({ host: "127.0.0.1", port: wanted });
  report((app.server.address() as AddressInfo).port);
}

// A conversation that answers what it is told: the same messages on bare grpc-js and through the whole pipeline.

import { createApp, implement } from "trivium";
import { bidiStream, service, z } from "trivium/contract";

const line = { body: z.string(), n: z.int() };

export const echo = service(
  "echo",
  { version: 1 },
  {
    talk: bidiStream({
      summary: "Answer each item",
      http: "GET /echo",
      item: line,
      output: z.object(line),
      access: "public",
    }),
  },
);

/** The app around it. */
export const echoApp = createApp({
  name: "bench",
  services: [
    implement(echo, {
      async *talk(_open, items) {
        for await (const item of items) yield item;
      },
    }),
  ],
});

/** What is said. */
export const said = { body: "Grüße aus der Mitte des Kanals, und was man sonst so schreibt", n: 7 };

// An app with a mistake on each road. Started by set-up.test.ts: it must not start, and must say all of them.

import { createApp, implement, run } from "trivium";
import { query, service, z } from "trivium/contract";

const contract = service(
  "start",
  { version: 1 },
  {
    first: query({ summary: "A list as answer", http: "GET /same", output: z.array(z.string()), access: "public" }),
    second: query({
      summary: "A flag of the program, and a route that is taken",
      http: "GET /same",
      input: { token: z.string() },
      access: "public",
    }),
    third: query({
      summary: "An object in a query string",
      http: "GET /third",
      input: { filter: z.object({ a: z.string() }) },
      access: "public",
    }),
  },
);

const nothing = async (): Promise<never> => {
  throw new Error("never called");
};

await run(
  createApp({
    name: "unsound",
    services: [implement(contract, { first: nothing, second: nothing, third: nothing })],
  }),
);

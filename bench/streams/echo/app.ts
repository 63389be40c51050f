// The measured app: one bidi stream that gives back each message it is sent, checked on the way in and on the way out.

import { createApp } from "../../../src/app/app.ts";
import { bidiStream } from "../../../src/contract/kinds/bidi-stream.ts";
import { service, z } from "../../../src/contract/index.ts";
import { implement } from "../../../src/service/implement.ts";
import { sampleMessage } from "../../sample.ts";

const fields = {
  id: z.uuid(),
  channelId: z.uuid(),
  authorId: z.uuid(),
  body: z.string().min(1).max(4000),
  version: z.int(),
};

const echo = service(
  "echo",
  { version: 1, summary: "Gives back what it is sent" },
  {
    talk: bidiStream({
      summary: "Give back each message",
      http: "GET /talk",
      item: fields,
      output: z.object(fields),
      access: "user",
      example: {},
    }),
  },
);

const echoService = implement(echo, {
  async *talk(_open, items) {
    yield* items;
  },
});

/** The app: one call is limited and let in like any other. */
export const echoApp = createApp({
  name: "bench",
  version: "1",
  services: [echoService],
  limits: { overall: "100000000 per day" },
});

const { id, channelId, authorId, body, version } = sampleMessage;

/** What is sent. */
export const echoMessage = { id, channelId, authorId, body, version };

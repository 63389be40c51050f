// The measured app: one bidi stream that gives back each message it is sent, checked on the way in and on the way out.

import { createApp, implement } from "trivium";
import { bidiStream, service, z } from "trivium/contract";
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
    for await (const item of items) yield item;
  },
});

/** One operation, with everything on that a service has. */
export const echoApp = createApp({
  name: "bench",
  services: [echoService],
  limits: { overall: "100000000 per day" },
});

const { id, channelId, authorId, body, version } = sampleMessage;

/** What is sent, over and over. */
export const echoMessage = { id, channelId, authorId, body, version };

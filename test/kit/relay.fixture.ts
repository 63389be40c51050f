// A small app of streams as a program: one operation of each kind, without a database behind it.

import { createApp, implement, run } from "trivium";
import { bidiStream, clientStream, failure, serverStream, service, z } from "trivium/contract";

const Broken = failure("BROKEN", { code: "FAILED_PRECONDITION", message: "It broke" });
const word = { text: z.string().min(1) };

const relay = service(
  "relay",
  { version: 1 },
  {
    count: serverStream({
      summary: "Count",
      http: "GET /count",
      input: { to: z.int(), failAt: z.int().optional() },
      output: z.object({ n: z.int() }),
      access: "public",
      failures: [Broken],
    }),
    watch: serverStream({
      summary: "Watch for ever",
      http: "GET /watch",
      output: z.object({ n: z.int() }),
      access: "public",
    }),
    join: clientStream({
      summary: "Join words",
      http: "POST /join/{name}",
      open: { name: z.string() },
      item: word,
      output: z.object({ name: z.string(), text: z.string() }),
      access: "public",
    }),
    echo: bidiStream({
      summary: "Echo",
      http: "GET /echo",
      open: { greeting: z.string().optional() },
      item: word,
      output: z.object(word),
      access: "public",
    }),
  },
);

const app = createApp({
  name: "relay",
  services: [
    implement(relay, {
      async *count({ to, failAt }, ctx) {
        for (let n = 1; n <= to; n++) {
          if (n === failAt) throw ctx.fail(Broken);
          yield { n };
        }
      },
      async *watch(_, ctx) {
        yield { n: 1 };
        await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
      },
      async join({ name }, items) {
        const words: string[] = [];
        for await (const { text } of items) words.push(text);
        return { name, text: words.join(" ") };
      },
      async *echo({ greeting }, items) {
        if (greeting !== undefined) yield { text: greeting };
        for await (const item of items) {
          if (item.text === "bye") return;
          yield item;
        }
      },
    }),
  ],
});

await run(app);

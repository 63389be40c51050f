// The contract that the client is tested with: an operation of each kind. Nothing of Node's: a browser loads it too.

import {
  bidiStream,
  clientStream,
  command,
  failure,
  model,
  query,
  serverStream,
  service,
  z,
} from "../contract/index.ts";
import { codes } from "../core/status.ts";

export const Thing = model("Thing", { id: z.string(), size: z.int(), colour: z.enum(["red", "green"]).optional() });

export const ThingNotFound = failure("THING_NOT_FOUND", {
  code: "NOT_FOUND",
  message: "There is no such thing",
  details: { id: z.string(), tried: z.int(), places: z.array(z.string()), hint: z.string().optional() },
});

export const Broken = failure("BROKEN", { code: "FAILED_PRECONDITION", message: "It broke" });

/** The contract. */
export const things = service(
  "things",
  { version: 1 },
  {
    get: query({
      summary: "Read",
      http: "GET /things/{id}",
      input: { id: z.string() },
      output: Thing,
      access: "public",
      failures: [ThingNotFound],
    }),
    make: command({
      summary: "Make",
      http: "POST /things",
      input: { size: z.int().min(0), tags: z.array(z.string().max(5)).default([]) },
      output: Thing,
      access: "user",
    }),
    ping: command({ summary: "Nothing", http: "POST /ping", access: "public" }),
    fail: query({
      summary: "Fail",
      http: "GET /fail",
      input: { code: z.enum(codes), retryAfter: z.number().optional() },
      access: "public",
    }),
    wait: query({ summary: "Wait", http: "GET /wait", access: "public" }),
    count: serverStream({
      summary: "Count",
      http: "GET /count",
      input: { to: z.int(), failAt: z.int().optional(), slowAt: z.int().optional(), after: z.string().optional() },
      output: z.object({ n: z.int(), cursor: z.string() }),
      access: "public",
      failures: [Broken],
    }),
    watch: serverStream({
      summary: "Watch",
      http: "GET /watch",
      output: z.object({ n: z.int() }),
      access: "user",
    }),
    sum: clientStream({
      summary: "Add up",
      http: "POST /sum/{name}",
      open: { name: z.string(), refuse: z.boolean().optional() },
      item: { n: z.int().max(100) },
      output: z.object({ name: z.string(), sum: z.int() }),
      access: "user",
      failures: [Broken],
    }),
    echo: bidiStream({
      summary: "Echo",
      http: "GET /echo",
      open: { greeting: z.string().optional() },
      item: { text: z.string().min(1) },
      output: z.object({ text: z.string() }),
      access: "user",
      failures: [Broken],
    }),
  },
);

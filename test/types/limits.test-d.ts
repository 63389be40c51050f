// What may be said of limits, and what must not compile. Checked by tsc.

import { createApp } from "trivium";
import { command, type LimitRate, query, z } from "trivium/contract";

const common = { summary: "Do", http: "POST /do", access: "public" } as const;
const input = { email: z.string(), code: z.string() };

command({ ...common, limit: "60 per minute" });
command({ ...common, limit: "10 per 15 minutes" });
command({ ...common, limit: { free: "60 per minute", pro: "600 per minute" } });
command({ ...common, input, limit: { rate: "10 per hour", burst: 3, by: { input: "email" }, secure: true } });
command({
  ...common,
  input,
  limit: [
    { rate: "10 per hour", by: { input: "code" } },
    { rate: "1 per day", by: "address" },
  ],
});
query({ summary: "Read", http: "GET /read", access: "user", limit: { rate: { free: "1 per day" }, by: "user" } });
"2 per 3 days" satisfies LimitRate;

// @ts-expect-error no rate
command({ ...common, limit: "60 a minute" });
// @ts-expect-error no unit of time
command({ ...common, limit: "60 per fortnight" });
// @ts-expect-error a rate per policy must be one
command({ ...common, limit: { free: "sometimes" } });
// @ts-expect-error a number says nothing of time
command({ ...common, limit: 60 });
// @ts-expect-error no field of the input
command({ ...common, input, limit: { rate: "10 per hour", by: { input: "mail" } } });
// @ts-expect-error there is no input
command({ ...common, limit: { rate: "10 per hour", by: { input: "email" } } });
// @ts-expect-error nobody is counted by this
command({ ...common, limit: { rate: "10 per hour", by: "planet" } });

// The limit says nothing about the input: its type is the input's own.
const signIn = command({ ...common, input, limit: { rate: "10 per hour", by: { input: "email" } } });
signIn.input.shape.code satisfies z.ZodString;

createApp({
  name: "types",
  services: [],
  limits: {
    overall: { free: "1000 per hour", pro: "10000 per hour" },
    anonymous: "100 per hour",
    failedCredentials: "30 per minute",
    policy: (user) => (user.roles.includes("pro") ? "pro" : "free"),
  },
});

// @ts-expect-error no rate
createApp({ name: "types", services: [], limits: { anonymous: "much" } });

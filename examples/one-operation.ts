// One operation: its contract, its handler, and a call through the whole pipeline. Nothing is installed or started.
// With `await run(app)` instead of the test app, the same definition is served over HTTP, gRPC and the command line.

import { createApp, implement } from "trivium";
import { isAppError, query, service, z } from "trivium/contract";
import { createTestApp } from "trivium/testing";

const greetings = service(
  "greetings",
  { version: 1 },
  {
    greet: query({
      summary: "Greet somebody",
      http: "GET /greetings/{name}",
      input: { name: z.string().trim().min(1).max(40) },
      output: z.object({ text: z.string() }),
      access: "public",
    }),
  },
);

const app = createApp({
  name: "hello",
  services: [
    implement(greetings, {
      async greet({ name }) {
        return { text: `Hello, ${name}` };
      },
    }),
  ],
});

const hello = await createTestApp(app, { storage: "memory" });
console.log(await hello.call(greetings.greet, { name: "  Ann " }));
try {
  await hello.call(greetings.greet, { name: " " });
} catch (error) {
  if (isAppError(error)) console.log(error.code, error.reason, error.violations);
}
await hello.close();

// Prints:
// { text: 'Hello, Ann' }
// INVALID_ARGUMENT VALIDATION_FAILED [
//   {
//     path: 'name',
//     message: 'Must have at least 1 character',
//     rule: 'too_short'
//   }
// ]

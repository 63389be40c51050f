// Limits: how often an operation may be called, per policy and by what a caller gives; the same on every road.

import { createApp, implement } from "trivium";
import { command, isAppError, service, z } from "trivium/contract";
import { createTestApp, type TestUser } from "trivium/testing";

const letters = service(
  "letters",
  { version: 1 },
  {
    send: command({
      summary: "Send a letter",
      http: "POST /letters",
      input: { to: z.string() },
      access: "user",
      limit: { free: "2 per hour", pro: "100 per hour" }, // for each user, by his policy
    }),
    signIn: command({
      summary: "Sign in with a code",
      http: "POST /sessions",
      input: { email: z.email(), code: z.string() },
      access: "public",
      // For each account, wherever the guesses come from; refused altogether while they cannot be counted.
      limit: { rate: "3 per 15 minutes", by: { input: "email" }, secure: true },
    }),
  },
);

const app = createApp({
  name: "post",
  services: [implement(letters, { async send() {}, async signIn() {} })],
  limits: {
    overall: "1000 per hour", // of all operations together
    policy: (user) => (user.roles.includes("customer") ? "pro" : "free"),
  },
});

const post = await createTestApp(app, { storage: "memory" });
const [ann, bob]: TestUser[] = [{ id: "ann" }, { id: "bob", roles: ["customer"] }];

async function attempt(what: string, call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
    console.log(what, "done");
  } catch (error) {
    if (!isAppError(error)) throw error;
    console.log(what, error.reason, error.details, `come back in ${Math.round((error.retryAfter ?? 0) / 60)} minutes`);
  }
}

for (let n = 1; n <= 3; n++) await attempt(`Ann's letter ${n}:`, () => post.call(letters.send, { to: "Bob" }, ann));
for (let n = 1; n <= 3; n++) await attempt(`Bob's letter ${n}:`, () => post.call(letters.send, { to: "Ann" }, bob));
for (let n = 1; n <= 4; n++) {
  const guess = { email: n % 2 === 0 ? "ann@example.com" : "Ann@Example.com", code: String(n) };
  await attempt(`Guess ${n}:`, () => post.call(letters.signIn, guess));
}
await post.close();

// Prints:
// Ann's letter 1: done
// Ann's letter 2: done
// Ann's letter 3: RATE_LIMITED { limit: 'letters.send' } come back in 30 minutes
// Bob's letter 1: done
// Bob's letter 2: done
// Bob's letter 3: done
// Guess 1: done
// Guess 2: done
// Guess 3: done
// Guess 4: RATE_LIMITED { limit: 'letters.signIn' } come back in 5 minutes

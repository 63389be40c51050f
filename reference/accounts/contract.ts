// Accounts, as the world sees them: registering, signing in, oneself.

import { command, event, failure, model, query, sensitive, service, stream, timestamp, z } from "trivium/contract";
import { line, secret } from "../text.ts";

export const Account = model("Account", {
  id: z.uuid(),
  /** In lower case. */
  email: z.string(),
  displayName: z.string(),
  roles: z.array(z.string()),
  version: z.int(),
  createdAt: timestamp(),
});

/** What others may know of an account. */
export const Profile = model("Profile", { id: z.uuid(), displayName: z.string() });

/** What a sign-in gives. */
export const AccessToken = model("AccessToken", {
  accessToken: sensitive(z.string()),
  tokenType: z.literal("Bearer"),
  /** Seconds. */
  expiresIn: z.int(),
});

export const EmailTaken = failure("EMAIL_TAKEN", {
  code: "ALREADY_EXISTS",
  message: "There is an account with this email address already",
  details: { email: z.string() },
});
export const InvalidCredentials = failure("INVALID_CREDENTIALS", {
  code: "UNAUTHENTICATED",
  message: "The email address or the password is wrong",
});
export const AccountNotFound = failure("ACCOUNT_NOT_FOUND", {
  code: "NOT_FOUND",
  message: "There is no such account",
  details: { accountId: z.uuid() },
});

export const accountStream = stream("account");
export const AccountRegistered = event("account.registered", {
  stream: accountStream,
  key: (account) => account.id,
  data: Account,
});

const email = z.string().trim().toLowerCase().max(254, { abort: true });
const password = "correct horse battery staple";

export const accounts = service(
  "accounts",
  { version: 1, summary: "Who may use the service" },
  {
    register: command({
      summary: "Register an account",
      description: "The email address is kept in lower case and belongs to one account only.",
      http: { route: "POST /accounts", status: 201 },
      input: {
        email: email.check(
          z.email({ abort: true }),
          z.regex(/^[^@]{1,64}@/, "The part before the @ has at most 64 characters"),
        ),
        password: sensitive(secret(8, 200)),
        displayName: line(80),
      },
      output: Account,
      access: "public",
      limit: { rate: "60 per minute", by: "address" },
      failures: [EmailTaken],
      emits: [AccountRegistered],
      example: { email: "ann@example.org", password, displayName: "Ann" },
    }),
    signIn: command({
      summary: "Sign in by email address and password",
      description: "Answers an access token. An unknown address and a wrong password are the same failure.",
      http: "POST /sessions",
      input: { email, password: sensitive(secret(1, 200)) },
      output: AccessToken,
      access: "public",
      // Guessing is stopped whatever becomes of the store.
      limit: [
        { rate: "60 per minute", by: "address", secure: true },
        { rate: "10 per minute", by: { input: "email" }, secure: true },
      ],
      failures: [InvalidCredentials],
      example: { email: "ann@example.org", password },
    }),
    me: query({
      summary: "Read one's own account",
      http: "GET /me",
      output: Account,
      access: "user",
      failures: [AccountNotFound],
    }),
    profile: query({
      summary: "Read what others may know of an account",
      http: "GET /accounts/{accountId}/profile",
      input: { accountId: z.uuid() },
      output: Profile,
      access: "user",
      failures: [AccountNotFound],
      example: { accountId: "01932c5e-7a10-7c3f-9d2a-0123456789ab" },
    }),
  },
);

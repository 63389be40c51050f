import assert from "node:assert/strict";
import { test } from "node:test";
import { command, query, service, z } from "../../../contract/index.ts";
import { ruleFrom } from "../../../contract/limits/limit.ts";
import { createRegistry } from "../../../contract/registry.ts";
import { openApiDocument } from "../openapi/document.ts";
import { createHttpServer, type HttpServer } from "../server.ts";

const accounts = service(
  "accounts",
  { version: 1 },
  {
    signIn: command({
      summary: "Sign in",
      http: "POST /sessions",
      input: { email: z.string() },
      access: "public",
      limit: [{ rate: "10 per 15 minutes", burst: 5, by: { input: "email" }, secure: true }],
    }),
    list: query({
      summary: "List",
      http: "GET /accounts",
      access: "user",
      limit: { free: "60 per minute", pro: "600 per minute" },
    }),
    ping: query({ summary: "Ping", http: "GET /ping", access: "public" }),
  },
);
const registry = createRegistry("book", [accounts]);
const info = { title: "A & B", version: "1" };

function open(): Promise<HttpServer> {
  const limits = [{ name: "overall", rule: ruleFrom({ rate: "1000 per hour" }) }];
  const caller = { run: () => Promise.reject(new Error("no calls here")) };
  return createHttpServer({ registry, caller, host: "127.0.0.1", port: 0, info, limits });
}

test("the page states every limit in words", async () => {
  const server = await open();
  const { statusCode, headers, body } = await server.inject({
    url: "/limits",
    headers: { accept: "text/html, */*;q=0.1" },
  });
  assert.deepEqual([statusCode, headers["content-type"]], [200, "text/html; charset=utf-8"]);
  assert.match(String(headers.vary), /Accept,/);
  assert.match(body, /<h1>Limits of A &amp; B<\/h1>/);
  assert.match(body, /<b>overall<\/b>: 1000 calls per hour for each user, or each address/);
  assert.match(
    body,
    /<b>accounts.signIn<\/b>: 10 calls per 15 minutes, 5 at once for each value of email; refused while/,
  );
  assert.match(
    body,
    /for each user, or each address where nobody is signed in, by policy: free: 60 calls per minute; pro:/,
  );
  assert.match(body, /Without a limit of their own: accounts.ping\./);
});

test("a program gets the same as JSON, with an entity tag of its own", async () => {
  const server = await open();
  const json = await server.inject({ url: "/limits", headers: { accept: "application/json" } });
  assert.equal(json.headers["content-type"], "application/json");
  assert.deepEqual(
    json.json().limits.map(({ name, operation }: Record<string, string>) => [name, operation]),
    [
      ["overall", undefined],
      ["accounts.signIn", "accounts.signIn"],
      ["accounts.list", "accounts.list"],
    ],
  );
  assert.deepEqual(json.json().limits[1], {
    name: "accounts.signIn",
    operation: "accounts.signIn",
    description: "10 calls per 15 minutes, 5 at once for each value of email; refused while calls cannot be counted",
    by: { input: "email" },
    quotas: [{ calls: 10, seconds: 900, burst: 5 }],
    secure: true,
  });
  const page = await server.inject({ url: "/limits" });
  assert.match(String(page.headers["content-type"]), /^text\/html/);
  assert.notEqual(page.headers.etag, json.headers.etag);
  const refused = await server.inject({ url: "/limits", method: "POST" });
  assert.deepEqual([refused.statusCode, refused.headers.allow], [405, "GET, HEAD, OPTIONS"]);
});

test("the API's document states each operation's limits, their headers and the refusal", () => {
  // biome-ignore lint/suspicious/noExplicitAny: a document is looked into at many depths
  const document: any = openApiDocument(registry, info);
  const signIn = document.paths["/v1/sessions"].post;
  assert.match(signIn.description, /Limits: 10 calls per 15 minutes, 5 at once for each value of email/);
  assert.deepEqual(signIn["x-ratelimit"][0].quotas, [{ calls: 10, seconds: 900, burst: 5 }]);
  const told = ["RateLimit", "RateLimit-Policy"];
  for (const status of ["204", "429"]) {
    const names = Object.keys(signIn.responses[status].headers);
    assert.deepEqual(
      told.filter((name) => !names.includes(name)),
      [],
      status,
    );
  }
  assert.match(JSON.stringify(signIn.responses["429"]), /RATE_LIMITED/);
  assert.match(JSON.stringify(signIn.responses["429"].headers), /Retry-After/);
  const ping = document.paths["/v1/ping"].get;
  assert.deepEqual([ping["x-ratelimit"], ping.responses["204"].headers.RateLimit], [undefined, undefined]);
  assert.match(JSON.stringify(ping.responses["429"]), /RATE_LIMITED/, "refused credentials are limited everywhere");
  assert.ok(document.components.headers.RateLimitPolicy);
});

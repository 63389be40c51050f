import assert from "node:assert/strict";
import { test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { InjectOptions, LightMyRequestResponse } from "fastify";
import { SetupError } from "../../core/setup-error.ts";
import { createNotesApp, createNotesServer, type NotesApp, plantedSecret } from "./notes.fixture.ts";
import type { HttpServerOptions, Refusal } from "./options.ts";
import type { HttpServer } from "./server.ts";

const signedIn = { authorization: "Bearer good" };

interface Road {
  readonly app: NotesApp;
  readonly server: HttpServer;
  send(method: string, url: string, options?: Partial<InjectOptions>): Promise<LightMyRequestResponse>;
}

async function openRoad(options: Partial<HttpServerOptions> = {}): Promise<Road> {
  const app = createNotesApp();
  const server = await createNotesServer(app, options);
  const send: Road["send"] = (method, url, rest = {}) => server.inject({ ...rest, method: method as "GET", url }); // inject takes any method; its type names the common ones
  return { app, server, send };
}

async function createNote(road: Road, text = "hello"): Promise<LightMyRequestResponse> {
  const response = await road.send("POST", "/v1/notes", { headers: signedIn, payload: { text } });
  assert.equal(response.statusCode, 201, response.body);
  return response;
}

function problemOf(response: LightMyRequestResponse, status: number, reason: string): Record<string, unknown> {
  const problem = response.json();
  assert.deepEqual([response.statusCode, problem.status, problem.reason], [status, status, reason], response.body);
  assert.equal(response.headers["content-type"], "application/problem+json");
  assert.equal(response.headers["x-request-id"], problem.requestId);
  assert.equal(problem.type, `/errors#${reason.toLowerCase()}`);
  return problem;
}

test("a created resource is answered with its location and its version", async () => {
  const road = await openRoad();
  const created = await createNote(road);
  const { id } = created.json();
  assert.equal(created.headers.location, `/v1/notes/${id}`);
  assert.match(String(created.headers.etag), /^"1-[0-9a-f]{8}"$/);
  const read = await road.send("GET", String(created.headers.location));
  assert.deepEqual([read.statusCode, read.json()], [200, created.json()]);
  assert.equal(read.headers.etag, created.headers.etag);
  assert.equal(read.headers["cache-control"], "private, no-cache");
  assert.equal(read.headers.vary, "Accept, Accept-Encoding, Authorization");
  assert.equal(read.headers["x-content-type-options"], "nosniff");
  assert.equal(read.headers["content-security-policy"], "default-src 'none'; frame-ancestors 'none'");
  assert.equal(read.headers["strict-transport-security"], undefined);
});

test("statuses come from the contract, and an empty output is 204 without a body", async () => {
  const road = await openRoad();
  const { id } = (await createNote(road)).json();
  const attached = await road.send("PUT", `/v1/notes/${id}/files/2`, {
    headers: signedIn,
    payload: { content: "AAAA" },
  });
  assert.deepEqual([attached.statusCode, attached.json()], [202, { number: 2, size: 3 }]);
  const removed = await road.send("DELETE", `/v1/notes/${id}`, { headers: signedIn });
  assert.deepEqual([removed.statusCode, removed.body], [204, ""]);
  assert.equal(removed.headers["content-type"], undefined);
  assert.equal(removed.headers.deprecation, "@1767225600");
  assert.equal(removed.headers.sunset, "Fri, 01 Jan 2027 00:00:00 GMT");
  problemOf(await road.send("GET", `/v1/notes/${id}`), 404, "NOTE_NOT_FOUND");
});

test("what the client holds already is not sent again", async () => {
  const road = await openRoad();
  const { headers } = await createNote(road);
  const again = (ifNoneMatch: string): Promise<LightMyRequestResponse> =>
    road.send("GET", String(headers.location), { headers: { "if-none-match": ifNoneMatch } });
  for (const held of [String(headers.etag), `W/${headers.etag}`, "*", `"x", ${headers.etag}`]) {
    const unchanged = await again(held);
    assert.deepEqual([unchanged.statusCode, unchanged.body], [304, ""], held);
    assert.equal(unchanged.headers.etag, headers.etag);
    assert.equal(unchanged.headers["cache-control"], "private, no-cache");
  }
  assert.equal((await again('"1-00000000"')).statusCode, 200);
});

test("a versioned write takes its version from If-Match or from the input, and a conflict follows from where", async () => {
  const road = await openRoad();
  const created = await createNote(road);
  const url = String(created.headers.location);
  const edit = (headers: Record<string, string>, payload: object): Promise<LightMyRequestResponse> =>
    road.send("PATCH", url, { headers: { ...signedIn, ...headers }, payload });
  const tag = String(created.headers.etag);
  problemOf(await edit({}, { text: "a" }), 428, "VERSION_REQUIRED");
  problemOf(await edit({ "if-match": "*" }, { text: "a" }), 428, "VERSION_REQUIRED");
  problemOf(await edit({ "if-match": `W/${tag}` }, { text: "a" }), 412, "VERSION_CONFLICT");
  problemOf(await edit({ "if-match": tag }, { version: 2 }), 400, "VALIDATION_FAILED");
  problemOf(await edit({ "if-match": "1" }, {}), 400, "VALIDATION_FAILED");
  const changed = await edit({ "if-match": tag }, { text: "b" });
  assert.deepEqual([changed.statusCode, changed.json().version], [200, 2]);
  assert.match(String(changed.headers.etag), /^"2-/);
  problemOf(await edit({ "if-match": tag }, { text: "c" }), 412, "VERSION_CONFLICT");
  problemOf(await edit({}, { text: "c", version: 1 }), 409, "VERSION_CONFLICT");
  assert.equal((await edit({ "if-match": '"2-00000000-gzip"' }, { text: "c", version: 2 })).statusCode, 200);
  assert.equal((await edit({}, { version: 3 })).statusCode, 200);
  const unversioned = await road.send("DELETE", url, { headers: { ...signedIn, "if-match": tag } });
  problemOf(unversioned, 400, "VALIDATION_FAILED");
});

test("large answers are compressed as the client likes, each coding with a tag of its own", async () => {
  const road = await openRoad();
  const large = (acceptEncoding: string, more = {}): Promise<LightMyRequestResponse> =>
    road.send("GET", "/v1/large?size=5000", { headers: { "accept-encoding": acceptEncoding, ...more } });
  const plain = await large("identity");
  assert.equal(plain.headers["content-encoding"], undefined);
  const gzipped = await large("gzip");
  assert.equal(gzipped.headers["content-encoding"], "gzip");
  assert.equal(gunzipSync(gzipped.rawPayload).toString(), plain.body);
  assert.equal(Number(gzipped.headers["content-length"]), gzipped.rawPayload.length);
  const brotli = await large("gzip, br");
  assert.equal(brotliDecompressSync(brotli.rawPayload).toString(), plain.body);
  const tags = [plain, gzipped, brotli].map(({ headers }) => String(headers.etag));
  assert.equal(new Set(tags).size, 3);
  assert.match(tags[1] ?? "", /^"7-[0-9a-f]{8}-gzip"$/);
  assert.equal((await large("gzip", { "if-none-match": tags[1] })).statusCode, 304);
  assert.equal((await large("gzip", { "if-none-match": tags[0] })).statusCode, 200);
  const small = await road.send("GET", "/v1/large?size=10", { headers: { "accept-encoding": "gzip" } });
  assert.equal(small.headers["content-encoding"], undefined);
});

test("HEAD is GET without a body", async () => {
  const road = await openRoad();
  const head = await road.send("HEAD", "/v1/large?size=10");
  const get = await road.send("GET", "/v1/large?size=10");
  assert.deepEqual([head.statusCode, head.body], [200, ""]);
  assert.equal(head.headers["content-length"], get.headers["content-length"]);
  assert.equal(head.headers.etag, get.headers.etag);
  assert.deepEqual(
    [(await road.send("HEAD", "/v1/nothing")).statusCode, (await road.send("HEAD", "/v1/ping")).statusCode],
    [404, 405],
  );
});

test("unknown routes are 404, known ones with another method 405 with Allow, whatever the method", async () => {
  const road = await openRoad();
  for (const url of ["/", "/v1", "/v1/notes/", "/v1/notes/a/b", "/v2/notes", "//v1/notes", "/V1/notes", "/docs/x"])
    problemOf(await road.send("GET", url), 404, "ROUTE_NOT_FOUND");
  const id = "0198c0de-0000-7000-8000-000000000001";
  for (const method of ["PUT", "POST", "QUERY", "PROPFIND", "TRACE", "MKCOL", "M-SEARCH"]) {
    const response = await road.send(method, `/v1/notes/${id}`, {
      payload: "{broken",
      headers: { "content-type": "text/x" },
    });
    problemOf(response, 405, "METHOD_NOT_ALLOWED");
    assert.equal(response.headers.allow, "GET, HEAD, PATCH, DELETE, OPTIONS");
    problemOf(await road.send(method, "/v1/nothing"), 404, "ROUTE_NOT_FOUND");
  }
});

test("OPTIONS names the methods; browsers of other origins are let in only by configuration", async () => {
  const closed = await openRoad();
  const preflight = { headers: { origin: "https://a.example", "access-control-request-method": "POST" } };
  const options = await closed.send("OPTIONS", "/v1/notes", preflight);
  assert.deepEqual([options.statusCode, options.headers.allow], [204, "GET, HEAD, POST, OPTIONS"]);
  assert.equal(
    Object.keys(options.headers).some((name) => name.startsWith("access-control")),
    false,
  );
  problemOf(await closed.send("OPTIONS", "/v1/nothing"), 404, "ROUTE_NOT_FOUND");

  const open = await openRoad({ cors: { origins: ["https://a.example"] } });
  const let_in = await open.send("OPTIONS", "/v1/notes", preflight);
  assert.equal(let_in.headers["access-control-allow-origin"], "https://a.example");
  assert.equal(let_in.headers["access-control-allow-methods"], "GET, HEAD, POST, OPTIONS");
  assert.match(String(let_in.headers["access-control-allow-headers"]), /authorization.*if-match/);
  const stranger = { ...preflight.headers, origin: "https://b.example" };
  const kept_out = await open.send("OPTIONS", "/v1/notes", { headers: stranger });
  assert.equal(kept_out.headers["access-control-allow-origin"], undefined);
  assert.equal(kept_out.headers["access-control-allow-methods"], undefined);
  const failed = await open.send("GET", "/v1/notes?limit=x", { headers: { origin: "https://a.example" } });
  assert.equal(failed.headers["access-control-allow-origin"], "https://a.example");
  assert.match(String(failed.headers["access-control-expose-headers"]), /etag/);
  assert.match(String(failed.headers.vary), /Origin/);
  const anyone = await openRoad({ cors: { origins: "*" } });
  const read = await anyone.send("GET", "/v1/notes", { headers: { origin: "https://c.example" } });
  assert.equal(read.headers["access-control-allow-origin"], "*");
});

test("only JSON in UTF-8 is taken as a body", async () => {
  const road = await openRoad();
  const send = (type: string | undefined, payload = '{"text":"a"}', more = {}): Promise<LightMyRequestResponse> =>
    road.send("POST", "/v1/notes", {
      payload,
      headers: { ...signedIn, ...more, ...(type === undefined ? {} : { "content-type": type }) },
    });
  for (const type of ["application/json", "application/json; charset=utf-8", 'APPLICATION/JSON;charset="UTF-8"'])
    assert.equal((await send(type)).statusCode, 201, type);
  const others = [
    "text/plain",
    "application/json; charset=latin1",
    "application/jsonx",
    "application/merge-patch+json",
    "x",
    "",
  ];
  for (const type of [undefined, ...others]) {
    const refused = await send(type);
    problemOf(refused, 415, "UNSUPPORTED_MEDIA_TYPE");
    assert.equal(refused.headers.accept, "application/json");
  }
  problemOf(await send("application/json", "x", { "content-encoding": "gzip" }), 415, "UNSUPPORTED_MEDIA_TYPE");
  problemOf(await send("application/json", "{"), 400, "MALFORMED_BODY");
  problemOf(await send("application/json", '["a"]'), 400, "MALFORMED_BODY");
  assert.equal((await road.send("POST", "/v1/ping")).statusCode, 204);
  assert.equal(
    (await road.send("POST", "/v1/ping", { headers: { "content-type": "application/json" } })).statusCode,
    204,
  );
});

test("hostile bodies get a clean refusal and leave nothing behind", async () => {
  const road = await openRoad();
  const send = (payload: string): Promise<LightMyRequestResponse> =>
    road.send("POST", "/v1/notes", { payload, headers: { ...signedIn, "content-type": "application/json" } });
  const nested = "[".repeat(10_000) + "]".repeat(10_000);
  problemOf(await send(`{"text":"a","extra":${nested}}`), 400, "VALIDATION_FAILED");
  problemOf(await send(`${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`), 400, "VALIDATION_FAILED");
  const polluting = await send('{"text":"a","__proto__":{"x":1},"constructor":1}');
  const { violations } = problemOf(polluting, 400, "VALIDATION_FAILED");
  assert.deepEqual((violations as { path: string; rule: string }[]).map(({ path, rule }) => `${path} ${rule}`).sort(), [
    "__proto__ unknown_field",
    "constructor unknown_field",
  ]);
  problemOf(await send('{"text":"a\\u0000"}'), 400, "VALIDATION_FAILED");
  problemOf(await send('{"text":"\\ud800"}'), 400, "VALIDATION_FAILED");
  problemOf(await send(JSON.stringify({ text: "x".repeat(1024 * 1024) })), 413, "BODY_TOO_LARGE");
  assert.equal(({} as { x?: unknown }).x, undefined);
  assert.equal(road.app.calls.length, 0);
  await createNote(road);
});

test("a client that takes no JSON gets none", async () => {
  const road = await openRoad();
  problemOf(await road.send("GET", "/v1/notes", { headers: { accept: "text/html" } }), 406, "NOT_ACCEPTABLE");
  assert.equal((await road.send("GET", "/v1/notes", { headers: { accept: "text/html, */*;q=0.1" } })).statusCode, 200);
});

test("a bad URL is refused as a malformed request", async () => {
  const road = await openRoad();
  for (const url of ["/v1/notes/%ff", "/v1/notes/%", "/v1/notes?cursor=%ff"])
    problemOf(await road.send("GET", url), 400, "MALFORMED_REQUEST");
  problemOf(await road.send("GET", `/v1/notes/${"a".repeat(5000)}`), 400, "VALIDATION_FAILED");
});

test("a body on a method without one, and a bad Request-Timeout, are refused", async () => {
  const road = await openRoad();
  const withBody = { payload: "{}", headers: { ...signedIn, "content-type": "application/json" } };
  problemOf(await road.send("GET", "/v1/notes", withBody), 400, "MALFORMED_BODY");
  problemOf(await road.send("DELETE", "/v1/notes/a", withBody), 400, "MALFORMED_BODY");
  problemOf(await road.send("GET", "/v1/notes", { headers: { "request-timeout": "soon" } }), 400, "MALFORMED_REQUEST");
});

test("the request's id, trace, timeout and address reach the call", async () => {
  const road = await openRoad();
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const before = Date.now();
  const response = await road.send("GET", "/v1/notes", {
    headers: {
      "x-request-id": "r-1",
      traceparent,
      tracestate: "a=1",
      "request-timeout": "2.5",
      "x-forwarded-for": "9.9.9.9",
    },
  });
  assert.equal(response.headers["x-request-id"], "r-1");
  const [call] = road.app.calls;
  assert.deepEqual([call?.id, call?.traceparent, call?.tracestate, call?.road], ["r-1", traceparent, "a=1", "http"]);
  assert.equal(call?.address, "127.0.0.1");
  assert.ok(call !== undefined && call.deadline >= before + 2500 && call.deadline <= Date.now() + 2500);
  problemOf(await road.send("GET", "/v1/nothing", { headers: { "x-request-id": "r-2" } }), 404, "ROUTE_NOT_FOUND");
});

test("forwarded headers are believed only from configured proxies", async () => {
  const road = await openRoad({ trustedProxies: ["127.0.0.0/8"] });
  const forwarded = { "x-forwarded-for": "6.6.6.6, 2001:db8::7, 127.0.0.2", "x-forwarded-proto": "https" };
  const trusted = await road.send("GET", "/v1/notes", { headers: forwarded });
  assert.equal(road.app.calls[0]?.address, "2001:db8::7");
  assert.equal(trusted.headers["strict-transport-security"], "max-age=31536000");
  const stranger = await road.send("GET", "/v1/notes", { headers: forwarded, remoteAddress: "10.0.0.1" });
  assert.equal(road.app.calls[1]?.address, "10.0.0.1");
  assert.equal(stranger.headers["strict-transport-security"], undefined);
  await road.send("GET", "/v1/notes", { headers: { "x-forwarded-for": "<script>" } });
  assert.equal(road.app.calls[2]?.address, "127.0.0.1");
  await assert.rejects(openRoad({ trustedProxies: ["nonsense/99"] }), SetupError);
});

test("credentials are refused as the pipeline says, with a challenge", async () => {
  const road = await openRoad();
  const post = (headers: Record<string, string>): Promise<LightMyRequestResponse> =>
    road.send("POST", "/v1/notes", { headers, payload: { text: "a" } });
  const missing = await post({});
  problemOf(missing, 401, "CREDENTIAL_MISSING");
  assert.equal(missing.headers["www-authenticate"], "Bearer");
  for (const authorization of ["Basic YTpi", "Bearer", "Bearer bad", "good"]) {
    const refused = await post({ authorization });
    problemOf(refused, 401, "CREDENTIAL_INVALID");
    assert.match(String(refused.headers["www-authenticate"]), /^Bearer error="invalid_token"/);
  }
  problemOf(await post({ authorization: "Bearer expired" }), 401, "CREDENTIAL_EXPIRED");
});

test("the local owner acts as the user he names", async () => {
  const road = await openRoad({ localSecret: "s3cret" });
  const create = (headers: Record<string, string>): Promise<LightMyRequestResponse> =>
    road.send("POST", "/v1/notes", { headers, payload: { text: "a" } });
  assert.equal((await create({ "x-trivium-local": "s3cret", "x-trivium-as": "u7" })).statusCode, 201);
  assert.deepEqual([road.app.calls[0]?.road, road.app.calls[0]?.user?.id], ["cli", "u7"]);
  problemOf(await create({ "x-trivium-local": "wrong", "x-trivium-as": "u7" }), 401, "CREDENTIAL_INVALID");
  problemOf(await create({ "x-trivium-as": "u7" }), 401, "CREDENTIAL_MISSING");
});

test("what went wrong inside is never told outside", async () => {
  const road = await openRoad();
  const response = await road.send("GET", "/v1/burst", { headers: { "x-request-id": "r-9" } });
  const problem = problemOf(response, 500, "INTERNAL");
  assert.equal(problem.instance, "urn:request:r-9");
  assert.equal(`${response.body}${JSON.stringify(response.headers)}`.includes(plantedSecret), false);
});

test("what is refused before it is a call is reported", async () => {
  const refusals: Refusal[] = [];
  const road = await openRoad({ onRefused: (refusal) => refusals.push(refusal) });
  await road.send("GET", "/v1/nothing?secret=1");
  await road.send("GET", "/v1/notes?limit=1&limit=2");
  await road.send("GET", "/v1/notes?limit=0");
  assert.deepEqual(
    refusals.map(({ method, path, status, error }) => [method, path, status, error.reason]),
    [["GET", "/v1/nothing", 404, "ROUTE_NOT_FOUND"]],
  );
});

test("the server's pages are served from this machine alone", async () => {
  const road = await openRoad();
  const page = await road.send("GET", "/docs");
  assert.equal(page.statusCode, 200);
  assert.doesNotMatch(page.body, /https?:|<script>|onload/);
  assert.match(String(page.headers["content-security-policy"]), /default-src 'none'; script-src 'self'/);
  const addresses = [...page.body.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => String(match[1]));
  assert.equal(addresses.length, 3);
  for (const address of addresses) assert.equal((await road.send("GET", address)).statusCode, 200, address);
  const document = await road.send("GET", "/openapi.json");
  assert.equal(document.json().openapi, "3.1.0");
  const held = await road.send("GET", "/openapi.json", { headers: { "if-none-match": String(document.headers.etag) } });
  assert.equal(held.statusCode, 304);
  const problems = await road.send("GET", "/errors");
  for (const anchor of ["note_not_found", "validation_failed", "route_not_found"])
    assert.match(problems.body, new RegExp(`id="${anchor}"`));
});

// Bad requests on the HTTP road of the running service.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import { startFilledChat } from "./chat.ts";
import { overHttp, overSocket, type RawAnswer, type RawRequest } from "./exchange.ts";

const chat = await startFilledChat();
afterEach(() => chat.assertUnharmed());

const { http } = chat.server;
const messages = `/v1/channels/${chat.channelId}/messages`;
const message = `/v1/messages/${chat.messageId}`;
const json = { "content-type": "application/json" };
const deep = 10_000;

/** What a request is answered with: status, reason, and broken rules as `path rule`. */
type Expected = readonly [status: number, reason: string, ...violations: string[]];

async function refused(request: RawRequest, [status, reason, ...violations]: Expected): Promise<RawAnswer> {
  const authorization = `Bearer ${chat.token}`;
  const answer = await overHttp(http, { ...request, headers: { authorization, ...request.headers } });
  const text = answer.body.toString();
  assert.deepEqual([answer.status, answer.headers["content-type"]], [status, "application/problem+json"], text);
  const problem = JSON.parse(text);
  assert.deepEqual([problem.status, problem.reason], [status, reason], text);
  assert.equal(problem.requestId, answer.headers["x-request-id"]);
  const found = (problem.violations ?? []).map(
    (broken: { path: string; rule: string }) => `${broken.path} ${broken.rule}`,
  );
  assert.deepEqual(found, violations);
  return answer;
}

const post = (body: string | Buffer, headers: Record<string, string> = json): RawRequest => ({
  path: messages,
  body,
  headers,
});

test("bodies that are no JSON object", async () => {
  const texts = ["{", '{"body":"x",}', "nonsense", "[]", '"text"', "null", "1", '{"body":"x"} {"body":"y"}', "\u0000"];
  for (const text of texts) await refused(post(text), [400, "MALFORMED_BODY"]);
  for (const bytes of [
    [0xff, 0xfe],
    [0x7b, 0xed, 0xa0, 0x80, 0x7d],
  ])
    await refused(post(Buffer.from(bytes)), [400, "MALFORMED_BODY"]);
  await refused(post(Buffer.from('{"body":"x"}', "utf16le")), [400, "MALFORMED_BODY"]);
});

test("wrong types, unknown, missing and repeated fields", async () => {
  await refused(post('{"body":1}'), [400, "VALIDATION_FAILED", "body wrong_type"]);
  await refused(post('{"body":null}'), [400, "VALIDATION_FAILED", "body wrong_type"]);
  await refused(post('{"body":["x"]}'), [400, "VALIDATION_FAILED", "body wrong_type"]);
  await refused(post("{}"), [400, "VALIDATION_FAILED", "body required"]);
  await refused(post('{"extra":1,"other":{}}'), [
    ...([400, "VALIDATION_FAILED"] as const),
    ...["body required", "extra unknown_field", "other unknown_field"],
  ]);
  await refused(post(`{"body":"x","channelId":"${chat.channelId}"}`), [400, "VALIDATION_FAILED", "channelId repeated"]);
  await refused({ ...post('{"body":"x"}'), path: `${messages}?body=y` }, [400, "VALIDATION_FAILED", "body repeated"]);
  await refused({ path: `${messages}?limit=1&limit=2` }, [400, "VALIDATION_FAILED", "limit repeated"]);
  await refused({ path: `${messages}?limit=many&nope=1` }, [
    ...([400, "VALIDATION_FAILED"] as const),
    ...["limit wrong_type", "nope unknown_field"],
  ]);
  await refused({ path: "/v1/messages/not-a-uuid" }, [400, "VALIDATION_FAILED", "id invalid_uuid"]);
  await refused({ path: `${messages}?cursor=forged` }, [400, "INVALID_CURSOR"]);
});

test("what would reach into an object's prototype is an unknown field, and reaches nothing", async () => {
  await refused(post('{"body":"x","__proto__":{"polluted":1}}'), [400, "VALIDATION_FAILED", "__proto__ unknown_field"]);
  await refused(post('{"body":"x","constructor":{"prototype":{"polluted":1}}}'), [
    ...([400, "VALIDATION_FAILED", "constructor unknown_field"] as const),
  ]);
  await refused({ path: `${message}?__proto__=1` }, [400, "VALIDATION_FAILED", "__proto__ unknown_field"]);
  await refused({ path: "/v1/__proto__" }, [404, "ROUTE_NOT_FOUND"]);
});

test("NUL and lone surrogates in a value, a key, a path and a query string", async () => {
  await refused(post('{"body":"a\\u0000b"}'), [400, "VALIDATION_FAILED", "body invalid_text"]);
  await refused(post('{"body":"a\\ud800b"}'), [400, "VALIDATION_FAILED", "body invalid_text"]);
  const key = await refused(post('{"body":"x","\\ud800":1,"\\u0000":1}'), [
    ...([400, "VALIDATION_FAILED", '"\\u0000" unknown_field', '"\\ud800" unknown_field'] as const),
  ]);
  assert.ok(key.body.toString().isWellFormed());
  await refused({ path: "/v1/messages/a%00b" }, [400, "VALIDATION_FAILED", "id invalid_text"]);
  await refused({ path: `${messages}?cursor=a%00b` }, [400, "VALIDATION_FAILED", "cursor invalid_text"]);
  for (const broken of ["/v1/messages/%ED%A0%80", "/v1/messages/%zz", `${messages}?cursor=%ff`, `${messages}?%c0=1`])
    await refused({ path: broken }, [400, "MALFORMED_REQUEST"]);
});

test("JSON that is nested 10,000 deep, closed or not", async () => {
  const nested = (open: string, close: string): string => open.repeat(deep) + close.repeat(deep);
  await refused(post(`{"body":${nested("[", "]")}}`), [400, "VALIDATION_FAILED", ...tooDeep("[0]")]);
  await refused(post(`{"body":${'{"a":'.repeat(deep)}1${"}".repeat(deep)}}`), [
    ...([400, "VALIDATION_FAILED"] as const),
    ...tooDeep(".a"),
  ]);
  await refused(post(nested("[", "]")), [400, "MALFORMED_BODY"]);
  await refused(post(`{"body":${"[".repeat(deep)}`), [400, "MALFORMED_BODY"]);
});

function tooDeep(step: string): string[] {
  return [`body${step.repeat(63)} too_deep`];
}

test("2 MiB: announced, in chunks, on a method without a body, and as a URL", async () => {
  const large = `{"body":"${"x".repeat(2 * 1024 * 1024)}"}`;
  await refused(post(large), [413, "BODY_TOO_LARGE"]);
  await refused({ ...post(large), chunked: true }, [413, "BODY_TOO_LARGE"]);
  await refused({ ...post(large), path: message, method: "PATCH" }, [413, "BODY_TOO_LARGE"]);
  const url = await overSocket(http, `GET /v1/messages/${"x".repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
  assert.match(url.toString(), /^HTTP\/1\.1 431 [\s\S]*"reason":"MALFORMED_REQUEST"/);
  await refused(post(`{"body":"${"x".repeat(4001)}"}`), [400, "VALIDATION_FAILED", "body too_long"]);
});

test("media types and content codings that are not taken", async () => {
  const types = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
  ];
  for (const type of [...types, "application/json; charset=latin1", "application/jsonp", "nonsense"])
    await refused(post('{"body":"x"}', { "content-type": type }), [415, "UNSUPPORTED_MEDIA_TYPE"]);
  await refused(post('{"body":"x"}', {}), [415, "UNSUPPORTED_MEDIA_TYPE"]);
  const gzip = { ...json, "content-encoding": "gzip" };
  await refused(post(gzipSync('{"body":"x"}'), gzip), [415, "UNSUPPORTED_MEDIA_TYPE"]);
  await refused({ path: message, headers: { accept: "text/html" } }, [406, "NOT_ACCEPTABLE"]);
});

test("unknown routes and methods", async () => {
  for (const path of [
    "/v1/nope",
    "/v2/me",
    "/index.html",
    "//",
    "/v1/channels//messages",
    "/v1/../etc/passwd",
    "/ME",
    "/metrics",
  ])
    await refused({ path }, [404, "ROUTE_NOT_FOUND"]);
  for (const method of ["PUT", "DELETE", "TRACE", "PROPFIND"]) {
    const answer = await refused({ path: "/v1/me", method }, [405, "METHOD_NOT_ALLOWED"]);
    assert.equal(answer.headers.allow, "GET, HEAD, OPTIONS");
  }
  await refused({ path: message, method: "POST", body: "{}", headers: json }, [405, "METHOD_NOT_ALLOWED"]);
});

test("credentials and headers that mean nothing", async () => {
  for (const authorization of [
    "Bearer",
    "Bearer x.y.z",
    "Basic YTpi",
    `Bearer ${"x".repeat(8000)}`,
    `Bearer ${chat.token}x`,
  ])
    await refused({ path: "/v1/me", headers: { authorization } }, [401, "CREDENTIAL_INVALID"]);
  await refused({ path: "/v1/me", headers: { "x-trivium-local": "guessed" } }, [401, "CREDENTIAL_INVALID"]);
  await refused({ path: "/v1/me", headers: { "request-timeout": "soon" } }, [400, "MALFORMED_REQUEST"]);
  await refused({ path: message, method: "PATCH", body: '{"body":"x"}', headers: json }, [428, "VERSION_REQUIRED"]);
  await refused({ path: message, method: "PATCH", body: '{"body":"x"}', headers: { ...json, "if-match": '"9-x"' } }, [
    ...([412, "VERSION_CONFLICT"] as const),
  ]);
});

test("bytes that are no request are answered and their connection closed", async () => {
  const cases: readonly (string | Buffer)[] = [
    "nonsense\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n",
    "GET /v1/me HTTP/9.9\r\nHost: x\r\n\r\n",
    "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "GET /v1/me HTTP/1.1\r\nHost: x\r\nA\u0000b: c\r\n\r\n",
    Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Buffer.alloc(64)]),
    Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]),
  ];
  for (const bytes of cases) {
    const answer = (await overSocket(http, bytes)).toString();
    assert.match(answer, /^HTTP\/1\.1 400 [\s\S]*"reason":"MALFORMED_REQUEST"/, JSON.stringify(String(bytes)));
  }
});

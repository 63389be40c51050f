import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { SetupError } from "../../core/setup-error.ts";
import { createListener, exemptFromTimeout, limitRequests, trackSockets } from "./listener.ts";
import { createNotesApp, createNotesServer, type NotesApp } from "./notes.fixture.ts";
import type { HttpServer } from "./server.ts";

interface Open {
  readonly app: NotesApp;
  readonly server: HttpServer;
  readonly port: number;
}

async function open(t: TestContext): Promise<Open> {
  const app = createNotesApp();
  const server = await createNotesServer(app);
  const port = Number(new URL(await server.listen()).port);
  t.after(() => server.close(0));
  return { app, server, port };
}

async function talk(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    answer += chunk;
  });
  socket.write(bytes);
  await once(socket, "close");
  return answer;
}

function send(port: number, path: string, agent?: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ port, host: "127.0.0.1", path, agent }, resolve).on("error", reject).end();
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return text;
}

test("what is no HTTP gets a problem object and a closed connection, and the server lives on", async (t) => {
  const { port } = await open(t);
  const broken: [string, number][] = [
    ["rubbish\r\n\r\n", 400],
    ["FOO /v1/notes HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["GET /v1/notes HTTP/1.1\r\nHost a\r\n\r\n", 400],
    ["GET /v1/notes HTTP/1.1\r\nHost: a\r\nX: \u0000\r\n\r\n", 400],
    ["GET /v1/notes HTTP/1.1\r\n\r\n", 400],
    ["POST /v1/ping HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400],
    ["POST /v1/ping HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400],
    [`GET /v1/notes HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 431],
    ["CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 405],
  ];
  for (const [bytes, status] of broken) {
    const answer = await talk(port, bytes);
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `), bytes.slice(0, 60));
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    assert.match(head, /content-type: application\/problem\+json/i);
    assert.equal(JSON.parse(body).status, status);
    assert.match(head, new RegExp(`x-request-id: ${JSON.parse(body).requestId}`, "i"));
  }
  assert.equal((await fetch(`http://127.0.0.1:${port}/v1/notes`)).status, 200);
});

test("an absolute target, a fragment, and OPTIONS on the server as a whole are understood", async (t) => {
  const { port } = await open(t);
  const ask = (line: string): Promise<string> => talk(port, `${line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  assert.match(await ask("GET http://a/v1/notes"), /^HTTP\/1.1 200 /);
  assert.match(await ask("OPTIONS *"), /^HTTP\/1.1 204 .*\r\nallow: GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS/s);
  assert.match(await ask("GET *"), /^HTTP\/1.1 (400|405) /);
  assert.match(await ask("QUERY /v1/notes"), /^HTTP\/1.1 405 .*allow: GET, HEAD, POST, OPTIONS/s);
});

test("a body over the limit is refused after it was sent, whether its length is announced or not", async (t) => {
  const { port } = await open(t);
  const large = Buffer.alloc(2 * 1024 * 1024, "x");
  const head = "POST /v1/notes HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
  const announced = Buffer.concat([Buffer.from(`${head}Content-Length: ${large.length}\r\n\r\n`), large]);
  const chunked = Buffer.concat([
    Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n${large.length.toString(16)}\r\n`),
    large,
    Buffer.from("\r\n0\r\n\r\n"),
  ]);
  for (const bytes of [announced, chunked]) {
    const answer = await talk(port, bytes);
    assert.match(answer, /^HTTP\/1.1 413 /);
    assert.match(answer, /"reason":"BODY_TOO_LARGE"/);
  }
});

test("a client that goes away in the middle of its body leaves the server well", async (t) => {
  const { port, app } = await open(t);
  const socket = connect(port, "127.0.0.1");
  socket.write("POST /v1/ping HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
  socket.destroySoon();
  await once(socket, "close");
  assert.equal((await fetch(`http://127.0.0.1:${port}/v1/notes`)).status, 200);
  assert.equal(app.calls.length, 1);
});

test("a client that goes away aborts its call", async (t) => {
  const { port, app } = await open(t);
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /v1/wait HTTP/1.1\r\nHost: a\r\n\r\n");
  const signal = await app.waiting;
  const aborted = once(signal, "abort");
  socket.destroy();
  await aborted;
  assert.equal(signal.reason.reason, "CANCELLED");
});

test("requests that were pipelined are answered in order", async (t) => {
  const { port } = await open(t);
  const one = "GET /v1/large?size=2 HTTP/1.1\r\nHost: a\r\n\r\n";
  const two = "GET /v1/nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  const statuses = [...(await talk(port, one + one + two)).matchAll(/HTTP\/1.1 (\d+)/g)].map((match) => match[1]);
  assert.deepEqual(statuses, ["200", "200", "404"]);
});

test("closing lets a call in flight end, closes its connection, and takes no new ones", async (t) => {
  const { port, app, server } = await open(t);
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const silent = connect(port, "127.0.0.1");
  await once(silent, "connect");
  const answered = send(port, "/v1/wait", agent);
  await app.waiting;
  const closed = server.close(30_000);
  await once(silent.resume(), "close");
  await assert.rejects(send(port, "/v1/notes"), { code: "ECONNREFUSED" });
  app.release();
  const response = await answered;
  assert.equal(response.headers.connection, "close");
  assert.deepEqual(JSON.parse(await textOf(response)), { done: true });
  await closed;
});

test("closing cuts what does not end within the grace", async (t) => {
  const { port, app, server } = await open(t);
  const cut = assert.rejects(send(port, "/v1/wait"), { code: "ECONNRESET" });
  const signal = await app.waiting;
  const aborted = once(signal, "abort");
  await server.close(20);
  await cut;
  await aborted;
});

test("a port in use and a foreign host are errors of set-up that say what to do", async (t) => {
  const { port } = await open(t);
  const app = createNotesApp();
  const listen = async (host: string, wanted: number): Promise<string> =>
    (await createNotesServer(app, { host, port: wanted })).listen();
  await assert.rejects(listen("127.0.0.1", port), (error: Error) => {
    assert.ok(error instanceof SetupError);
    assert.match(error.message, new RegExp(`port ${port} is in use: .*HTTP_PORT`));
    return true;
  });
  await assert.rejects(listen("203.0.113.1", 0), /is no address of this machine: set HOST/);
});

test("a body that does not come in time is refused, answered or not, unless it may take as long as it takes", async (t) => {
  const server = createListener((request, response) => {
    if (request.url === "/long") exemptFromTimeout(request);
    if (request.url === "/answered") response.end("early");
    request.resume().once("end", () => response.end("late"));
  });
  limitRequests(server, trackSockets(server), 100);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as { port: number }; // it listens on a port
  const begin = (path: string): string => `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n1`;
  assert.match(await talk(port, begin("/short")), /^HTTP\/1.1 408 .*DEADLINE_EXCEEDED/s);
  assert.doesNotMatch(await talk(port, begin("/answered")), /408/);
  const long = connect(port, "127.0.0.1");
  long.write(begin("/long"));
  assert.match(await talk(port, begin("/short")), /^HTTP\/1.1 408 /);
  assert.match(await talk(port, begin("/short")), /^HTTP\/1.1 408 /);
  long.write("2");
  const [answer] = await once(long, "data");
  assert.match(String(answer), /late/);
  long.destroy();
});

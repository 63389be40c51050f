import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { type ClientOptions, WebSocket as WsClient } from "ws";
import { sleep } from "../../../core/async.ts";
import { appError } from "../../../core/catalogue.ts";
import type { Call } from "../../../pipeline/call.ts";
import {
  type Flows,
  type Handler,
  notFound,
  numbers,
  openFlows,
  reasonOf,
  settled,
  untilCancelled,
} from "./flows.fixture.ts";

type Frame = { item?: { n: number; text?: string }; end?: true; error?: { reason: string; status: number } };

/** Answers each item with the number after it; then says how many there were. */
const echo: Handler = async function* ({ from }, { items }) {
  let count = 0;
  for await (const item of items ?? []) {
    count++;
    yield { n: (item as { n: number }).n + 1 + Number(from ?? 0) };
  }
  yield { n: count, text: "that was all" };
};

/** A client that keeps what it hears. */
class Client {
  readonly socket: WsClient;
  readonly frames: Frame[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor(
    { port }: Pick<Flows, "port">,
    path = "/v1/talks/a",
    protocols: string[] = [],
    options: ClientOptions = {},
  ) {
    this.socket = new WsClient(`ws://127.0.0.1:${port}${path}`, protocols, options);
    this.socket.on("message", (data) => this.frames.push(JSON.parse(String(data))));
    this.socket.on("error", () => undefined);
    this.closed = new Promise((resolve) => {
      this.socket.on("close", (code, reason) => resolve({ code, reason: String(reason) }));
    });
  }

  async open(): Promise<this> {
    await once(this.socket, "open");
    return this;
  }

  say(...frames: unknown[]): void {
    for (const frame of frames) this.socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  async heard(count: number): Promise<readonly Frame[]> {
    while (this.frames.length < count) await Promise.race([once(this.socket, "message"), this.closed]);
    return this.frames;
  }
}

/** The answer to a handshake that was refused. */
async function refusal(
  port: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; head: string; reason: string }> {
  const all = {
    host: `127.0.0.1:${port}`,
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": randomBytes(16).toString("base64"),
    ...headers,
  };
  const socket = connect(port, "127.0.0.1");
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  let text = "";
  socket.setEncoding("latin1").on("data", (more: string) => {
    text += more;
  });
  if (headers.upgrade === undefined) await once(socket, "close");
  else while (!text.includes("}")) await once(socket, "data");
  socket.destroy();
  const [head = "", body = ""] = text.split("\r\n\r\n");
  return { status: Number(head.split(" ")[1]), head, reason: JSON.parse(body).reason };
}

const done = { end: true };

test("items and answers are frames both ways, the client may half-close, and both ends have a mark", async (t) => {
  const flows = await openFlows(t, { talk: echo });
  const client = await new Client(flows, "/v1/talks/a?from=10", ["trivium.v1"]).open();
  assert.equal(client.socket.protocol, "trivium.v1");
  assert.equal(client.socket.extensions, "");
  client.say({ item: { n: 1 } });
  await client.heard(1);
  client.say({ item: { n: 2 } }, done);
  assert.deepEqual(await client.closed, { code: 1000, reason: "" });
  assert.deepEqual(client.frames, [
    { item: { n: 12 } },
    { item: { n: 13 } },
    { item: { n: 2, text: "that was all" } },
    { end: true },
  ]);
  assert.equal(reasonOf(await Promise.resolve(flows.outcomes[0] as never)), "ok");
});

test("a browser's WebSocket shows its token as a subprotocol, which is not answered", async (t) => {
  const flows = await openFlows(t, { secret: echo });
  const socket = new WebSocket(`ws://127.0.0.1:${flows.port}/v1/secret`, ["trivium.v1", "bearer.good"]);
  const frames: string[] = [];
  socket.onmessage = ({ data }) => frames.push(String(data));
  await once(socket, "open");
  assert.equal(socket.protocol, "trivium.v1");
  socket.send('{"end":true}');
  const [{ code }] = (await once(socket, "close")) as [CloseEvent];
  assert.deepEqual([code, frames], [1000, ['{"item":{"n":0,"text":"that was all"}}', '{"end":true}']]);
});

test("whatever refuses it before it is open is a real status", async (t) => {
  const flows = await openFlows(t, {
    talk: async function* () {
      await sleep(20);
      yield* [];
      throw notFound();
    },
    secret: echo,
  });
  const { port } = flows;
  const cases: [path: string, headers: Record<string, string>, status: number, reason: string][] = [
    ["/v1/talks/a", {}, 404, "FLOW_NOT_FOUND"],
    ["/v1/talks/a?from=x", {}, 400, "VALIDATION_FAILED"],
    ["/v1/nothing", {}, 404, "ROUTE_NOT_FOUND"],
    ["/v1/secret", {}, 401, "CREDENTIAL_MISSING"],
    ["/v1/secret", { authorization: "Bearer slow-bad" }, 401, "CREDENTIAL_INVALID"],
    ["/v1/secret", { "sec-websocket-protocol": "trivium.v1, bearer.bad" }, 401, "CREDENTIAL_INVALID"],
    [
      "/v1/secret",
      { "sec-websocket-protocol": "trivium.v1, bearer.good", authorization: "Bearer good" },
      401,
      "CREDENTIAL_INVALID",
    ],
    ["/v1/secret", { "sec-websocket-protocol": "graphql-ws", authorization: "Bearer good" }, 400, "MALFORMED_REQUEST"],
    ["/v1/secret", { "sec-websocket-protocol": "trivium.v1, bearer.a=" }, 400, "MALFORMED_REQUEST"],
    ["/v1/talks/a", { "sec-websocket-protocol": "trivium.v1, trivium.v1" }, 400, "MALFORMED_REQUEST"],
    ["/v1/talks/a", { "sec-websocket-protocol": "trivium.v1,, x" }, 400, "MALFORMED_REQUEST"],
    ["/v1/talks/a", { "sec-websocket-protocol": "" }, 400, "MALFORMED_REQUEST"],
    ["/v1/talks/a", { "sec-websocket-key": "x" }, 400, "MALFORMED_REQUEST"],
    ["/v1/talks/a", { "sec-websocket-version": "8" }, 426, "UPGRADE_REQUIRED"],
    ["/v1/talks/a", { origin: "https://evil.example" }, 403, "ACCESS_DENIED"],
    ["/v1/talks/a", { origin: "null" }, 403, "ACCESS_DENIED"],
  ];
  for (const [path, headers, status, reason] of cases) {
    const answer = await refusal(port, path, headers);
    assert.deepEqual([answer.status, answer.reason], [status, reason], `${path} ${JSON.stringify(headers)}`);
    assert.match(answer.head, /content-type: application\/problem\+json/i);
    assert.match(answer.head, /connection: (upgrade, )?close/i);
  }
  const plain = await fetch(`${flows.url}/v1/talks/a`);
  assert.deepEqual([plain.status, plain.headers.get("upgrade")], [426, "websocket"]);
  assert.match(await plain.text(), /UPGRADE_REQUIRED/);
});

test("a client that can show no refused handshake is told in a frame, if it asks for that", async (t) => {
  const flows = await openFlows(t, { secret: echo });
  const protocols = ["trivium.v1", "trivium.v1.refusals"];
  const refused = await new Client(flows, "/v1/secret", [...protocols, "bearer.bad"]).open();
  assert.equal(refused.socket.protocol, "trivium.v1.refusals");
  assert.deepEqual(await refused.closed, { code: 4401, reason: "CREDENTIAL_INVALID" });
  assert.deepEqual(
    refused.frames.map(({ error }) => error?.status),
    [401],
  );
  const admitted = await new Client(flows, "/v1/secret", [...protocols, "bearer.good"]).open();
  assert.equal(admitted.socket.protocol, "trivium.v1");
  admitted.say(done);
  assert.equal((await admitted.closed).code, 1000);
  const evil = new Client(flows, "/v1/secret", [...protocols, "bearer.good"], { origin: "https://evil.example" });
  assert.equal((await evil.closed).code, 1006);
});

test("a page of this host, or of an origin that CORS lets in, may open one", async (t) => {
  const flows = await openFlows(t, { talk: echo }, { cors: { origins: ["https://a.example"] } });
  for (const origin of [flows.url, "https://a.example"]) {
    const client = await new Client(flows, "/v1/talks/a", [], { origin }).open();
    client.say(done);
    assert.equal((await client.closed).code, 1000);
  }
  const { status } = await refusal(flows.port, "/v1/talks/a", { origin: "https://b.example" });
  assert.equal(status, 403);
});

test("other requests that ask for a WebSocket are answered without one", async (t) => {
  const flows = await openFlows(t, { plain: async () => ({ n: 1 }), list: () => numbers(1) });
  for (const [path, answer] of [
    ["/v1/plain", /\{"n":1\}/],
    ["/v1/flows/a", /\{"end":true\}/],
  ] as const) {
    const socket = connect(flows.port, "127.0.0.1");
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n`);
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes;
    });
    await once(socket, "close");
    assert.match(text, /^HTTP\/1.1 200 /);
    assert.match(text, answer);
  }
  const socket = connect(flows.port, "127.0.0.1");
  socket.write("GET /v1/plain HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n");
  assert.match(String((await once(socket, "data"))[0]), /^HTTP\/1.1 200 /);
  socket.destroy();
});

test("HTTP/1.0 knows no upgrade", async (t) => {
  const { port } = await openFlows(t, { talk: echo });
  const socket = connect(port, "127.0.0.1");
  socket.write(handshake("/v1/talks/a").replace("HTTP/1.1", "HTTP/1.0"));
  assert.match(String((await once(socket, "data"))[0]), /^HTTP\/1.1 426 /);
  socket.destroy();
});

test("the handshake's answer names the request and its limits", async (t) => {
  const flows = await openFlows(
    t,
    {},
    {
      caller: {
        async run(request) {
          request.onOpen?.({
            policies: [{ name: "flows.talk", quota: 10, window: 60 }],
            tightest: { name: "flows.talk", remaining: 9, reset: 6 },
          });
          await request.send?.({ n: 1 });
          return { ok: true, requestId: request.requestId ?? "", value: undefined };
        },
      },
    },
  );
  const client = new Client(flows, "/v1/talks/a", [], { headers: { "x-request-id": "me-2" } });
  const [{ headers }] = await once(client.socket, "upgrade");
  assert.deepEqual([headers["x-request-id"], headers.ratelimit], ["me-2", '"flows.talk";r=9;t=6']);
  await client.closed;
});

test("a quiet stream is opened at once after its handler began", async (t) => {
  const flows = await openFlows(t, { talk: quiet }, { streams: { openAfter: 10 } });
  const client = await new Client(flows).open();
  client.socket.close();
  await client.closed;
});

test("an error amid, and after the half-close, is the last frame, and the close says it too", async (t) => {
  const flows = await openFlows(t, {
    async *talk(_, { items }) {
      for await (const _item of items ?? []) yield { n: 1 };
      throw notFound();
    },
  });
  const late = await new Client(flows).open();
  late.say({ item: { n: 1 } }, done);
  assert.deepEqual(await late.closed, { code: 4404, reason: "FLOW_NOT_FOUND" });
  assert.deepEqual(
    late.frames.map(({ item, error }) => item?.n ?? error?.reason),
    [1, "FLOW_NOT_FOUND"],
  );
  for (const [frame, violation] of [
    [{ item: { n: -1 } }, "items[1].n"],
    ["nope", undefined],
    ["[]", undefined],
    [{ end: false }, undefined],
    [{ item: 3 }, "items[1]"],
  ] as const) {
    const client = await new Client(flows).open();
    client.say({ item: { n: 1 } }, frame);
    assert.equal((await client.closed).code, 4400, JSON.stringify(frame));
    const error = client.frames[1]?.error as { violations?: { path: string }[] } | undefined;
    assert.equal(error?.violations?.[0]?.path, violation, JSON.stringify(error));
  }
});

test("binary frames, frames after the end, and what is no frame at all end it", async (t) => {
  const flows = await openFlows(t, { talk: echo });
  const binary = await new Client(flows).open();
  binary.socket.send(Buffer.from('{"item":{"n":1}}'), { binary: true });
  assert.equal((await binary.closed).code, 4400);
  const flowsQuiet = await openFlows(t, {
    async *talk(_, call) {
      for await (const _item of call.items ?? []);
      yield* quiet(_, call);
    },
  });
  const after = await new Client(flowsQuiet).open();
  after.say(done, { item: { n: 1 } });
  assert.deepEqual(await after.closed, { code: 4400, reason: "MALFORMED_BODY" });
  const large = await new Client(flows).open();
  const ended = flows.nextOutcome();
  large.say({ item: { n: 1, text: "x".repeat(1024 * 1024) } });
  assert.equal((await large.closed).code, 1009);
  assert.equal(reasonOf(await ended), "BODY_TOO_LARGE");
  const raw = await bareSocket(flows.port);
  const other = flows.nextOutcome();
  raw.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
  assert.equal(reasonOf(await other), "MALFORMED_BODY");
  raw.destroy();
});

test("slow authentication loses no message", async (t) => {
  const flows = await openFlows(t, { secret: echo });
  const client = await new Client(flows, "/v1/secret", [], { headers: { authorization: "Bearer slow-good" } }).open();
  client.say({ item: { n: 1 } }, { item: { n: 2 } }, done);
  await client.closed;
  assert.deepEqual(client.frames.at(-2), { item: { n: 2, text: "that was all" } });
  // Against the rules, yet not lost: frames that come before the handshake is answered.
  const early = connect(flows.port, "127.0.0.1");
  early.write(`${handshake("/v1/secret", "Authorization: Bearer slow-good\r\n")}`);
  await sleep(50);
  early.write(Buffer.concat([masked('{"item":{"n":41}}'), masked('{"end":true}')]));
  let text = "";
  early.setEncoding("latin1").on("data", (more: string) => {
    text += more;
  });
  while (!text.includes('{"end":true}')) await once(early, "data");
  assert.match(text, /"n":42/);
  early.destroy();
});

test("a client that leaves without an end, however it does, has cancelled", async (t) => {
  const told = Promise.withResolvers<string>();
  const flows = await openFlows(t, {
    async *talk(_, { items }) {
      yield { n: 1 };
      try {
        for await (const _item of items ?? []);
        told.resolve("ended");
      } catch (error) {
        told.resolve((error as { reason: string }).reason);
      }
    },
  });
  for (const leave of ["close", "terminate"] as const) {
    const client = await new Client(flows).open();
    await client.heard(1);
    const ended = flows.nextOutcome();
    client.socket[leave]();
    assert.equal(reasonOf(await ended), "CANCELLED");
  }
  const raw = await bareSocket(flows.port);
  const ended = flows.nextOutcome();
  raw.end();
  assert.equal(reasonOf(await ended), "CANCELLED");
  assert.equal(await told.promise, "CANCELLED");
  raw.destroy();
});

test("a client that leaves before it is let in has cancelled, and nothing is left of it", async (t) => {
  const flows = await openFlows(t, { secret: echo });
  for (const leave of ["destroy", "end"] as const) {
    const ended = flows.nextOutcome();
    const socket = connect(flows.port, "127.0.0.1");
    socket.write(handshake("/v1/secret", "Authorization: Bearer slow-good\r\n"));
    await sleep(50);
    socket[leave]();
    assert.equal(reasonOf(await ended), "CANCELLED", leave);
    socket.destroy();
  }
});

test("a dead client is given up, a living one answers the pings", async (t) => {
  const flows = await openFlows(t, { talk: quiet }, { streams: { openAfter: 0, heartbeat: 30 } });
  const alive = await new Client(flows).open();
  const dead = await bareSocket(flows.port);
  const ended = flows.nextOutcome();
  assert.equal(reasonOf(await ended), "CANCELLED");
  assert.equal(alive.socket.readyState, WsClient.OPEN);
  alive.socket.close();
  await alive.closed;
  dead.destroy();
});

test("a client whose one large frame takes long to come is alive, though it can answer no ping meanwhile", async (t) => {
  const flows = await openFlows(t, { talk: echo }, { streams: { openAfter: 0, heartbeat: 30 } });
  const slow = await bareSocket(flows.port);
  const ended = flows.nextOutcome();
  for (const byte of masked(JSON.stringify({ item: { n: 1, text: "x".repeat(40) } }))) {
    slow.write(Buffer.from([byte]));
    await sleep(10);
  }
  slow.write(masked('{"end":true}'));
  assert.equal(reasonOf(await ended), "ok");
  slow.destroy();
});

test("a deadline and the server's stop end it with their own error", async (t) => {
  const flows = await openFlows(t, { talk: echo });
  const late = new Client(flows, "/v1/talks/a", [], { headers: { "request-timeout": "0.1" } });
  assert.deepEqual(await late.closed, { code: 4504, reason: "DEADLINE_EXCEEDED" });
  const client = await new Client(flows).open();
  client.say({ item: { n: 1 } });
  await client.heard(1);
  flows.pipeline.endStreams(appError("SHUTTING_DOWN"));
  const closing = flows.server.close(5000);
  assert.deepEqual(await client.closed, { code: 4503, reason: "SHUTTING_DOWN" });
  assert.equal(client.frames[1]?.error?.reason, "SHUTTING_DOWN");
  await closing;
});

test("a closing server cuts what does not end by itself", async (t) => {
  const flows = await openFlows(t, { talk: quiet }, { streams: { openAfter: 0 } });
  const client = await new Client(flows).open();
  await flows.server.close(20);
  assert.equal((await client.closed).code, 1006);
});

test("the handler waits for a slow reader; one who reads no more is cut off", async (t) => {
  let made = 0;
  const text = "x".repeat(1000);
  const flows = await openFlows(
    t,
    {
      async *talk(_: unknown, call: Call) {
        for (made = 0; made < 20_000 && !call.signal.aborted; ) yield { n: ++made, text };
      },
    },
    { streams: { patience: 1500 } },
  );
  const client = await new Client(flows).open();
  client.socket.pause();
  await sleep(100);
  assert.ok(made < 15_000, `${made} answers were made for nobody`);
  client.socket.resume();
  assert.equal((await client.closed).code, 1000);
  assert.equal(client.frames.length, 20_001);
  const ended = flows.nextOutcome();
  const deaf = await new Client(flows).open();
  deaf.socket.pause();
  assert.equal(reasonOf(await ended), "SLOW_CONSUMER");
  deaf.socket.resume();
  assert.deepEqual(await deaf.closed, { code: 4429, reason: "SLOW_CONSUMER" });
});

test("little is read ahead of the handler, and nothing is lost", async (t) => {
  const gate = Promise.withResolvers<void>();
  const flows = await openFlows(t, {
    async *talk(_, { items }) {
      yield { n: 0 };
      await gate.promise;
      let n = 0;
      for await (const _item of items ?? []) n++;
      yield { n };
    },
  });
  const client = await new Client(flows).open();
  await client.heard(1);
  const frame = JSON.stringify({ item: { n: 1, text: "x".repeat(50_000) } });
  for (let sent = 0; sent < 600; sent++) client.socket.send(frame);
  client.say(done);
  assert.ok((await settled(() => client.socket.bufferedAmount)) > 10_000_000);
  gate.resolve();
  await client.closed;
  assert.equal(client.frames[1]?.item?.n, 600);
});

test("a handler that reads no items does not keep the client's close from being heard", async (t) => {
  const flows = await openFlows(t, {
    async *talk(_, call) {
      for await (const _item of call.items ?? []) break;
      yield { n: 1 };
      await untilCancelled(call);
    },
  });
  const client = await new Client(flows).open();
  const ended = flows.nextOutcome();
  const frame = JSON.stringify({ item: { n: 1, text: "x".repeat(50_000) } });
  for (let sent = 0; sent < 100; sent++) client.socket.send(frame);
  client.socket.close();
  assert.equal(reasonOf(await ended), "CANCELLED");
});

test("nothing is left of streams that ended, however they did", async (t) => {
  const flows = await openFlows(t, { talk: echo });
  const round = async (): Promise<void> => {
    const good = await new Client(flows).open();
    good.say({ item: { n: 1 } }, done);
    await good.closed;
    const cut = await new Client(flows).open();
    const ended = flows.nextOutcome();
    cut.socket.terminate();
    await ended;
    await refusal(flows.port, "/v1/talks/a?from=x");
  };
  await round();
  await sleep(50);
  const handles = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === "Timeout" || name === "TCPSocketWrap").length;
  const before = handles();
  for (let count = 0; count < 15; count++) await round();
  await sleep(50);
  assert.ok(handles() <= before + 1, `${handles()} handles, before ${before}`);
});

async function* quiet(_: unknown, call: Call): AsyncGenerator<unknown> {
  await untilCancelled(call);
  yield* [];
}

function handshake(path: string, extra = ""): string {
  const key = randomBytes(16).toString("base64");
  return `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${extra}\r\n`;
}

/** An open WebSocket without a client behind it. */
async function bareSocket(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(handshake("/v1/talks/a"));
  const [answer] = await once(socket, "data");
  assert.match(String(answer), /^HTTP\/1.1 101 /);
  return socket;
}

/** A short text frame of a client. */
function masked(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | Buffer.byteLength(text), 0, 0, 0, 0]), Buffer.from(text)]);
}

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { sleep } from "../../../core/async.ts";
import { appError } from "../../../core/catalogue.ts";
import type { Call } from "../../../pipeline/call.ts";
import { type Handler, notFound, openFlows, reasonOf, settled } from "./flows.fixture.ts";

const ndjson = { "content-type": "application/x-ndjson" };

/** Adds the numbers up, and says what was wrong with those that are none. */
const sum: Handler = async ({ scale = 1 }, call) => {
  let n = 0;
  const wrong: string[] = [];
  for await (const item of call.items?.settled() ?? []) {
    if (item.ok) n += (item.value as { n: number }).n;
    else wrong.push(`${item.index} ${item.error.reason} ${item.error.message}`);
  }
  return { n: n * Number(scale), text: wrong.join("; ") };
};

async function post(url: string, body: string | Buffer, headers: Record<string, string> = ndjson): Promise<Response> {
  return fetch(url, { method: "POST", headers, body: new Uint8Array(Buffer.from(body as string)) });
}

const answerOf = async (response: Response): Promise<unknown> => response.json();

/** A request whose body goes on, on a connection of its own. */
function begin(port: number, head = "POST /v1/flows/a HTTP/1.1"): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(`${head}\r\nHost: a\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n`);
  return socket;
}

const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

async function untilText(socket: Socket, pattern: RegExp): Promise<string> {
  let text = "";
  socket.setEncoding("latin1");
  while (!pattern.test(text)) text += String(await Promise.race([once(socket, "data"), once(socket, "close")]));
  return text;
}

test("the items are the lines of the body, the rest of the input is in path and query", async (t) => {
  const { url } = await openFlows(t, { take: sum });
  for (const type of ["application/x-ndjson", "application/ndjson; charset=utf-8", "application/jsonl"]) {
    const response = await post(`${url}/v1/flows/a?scale=10`, '{"n":1}\r\n\n{"n":2}', { "content-type": type });
    assert.deepEqual([response.status, await answerOf(response)], [200, { n: 30, text: "" }]);
  }
  assert.deepEqual(await answerOf(await fetch(`${url}/v1/flows/a`, { method: "POST" })), { n: 0, text: "" });
  assert.deepEqual(await answerOf(await post(`${url}/v1/flows/a`, "")), { n: 0, text: "" });
});

test("a stream without an output answers 204", async (t) => {
  const { url } = await openFlows(t, { drop: async () => undefined });
  const response = await fetch(`${url}/v1/flows/a`, { method: "PUT", headers: ndjson, body: '{"n":1}\n' });
  assert.equal(response.status, 204);
});

test("a line that is no item is an error in its place, for the handler to judge", async (t) => {
  const { url } = await openFlows(t, {
    take: sum,
    drop: async (_, { items }) => void (await Array.fromAsync(items ?? [])),
  });
  const large = `{"n":1,"text":"${"x".repeat(1024 * 1024)}"}`;
  const body = Buffer.concat([
    Buffer.from(`{"n":1}\n{"n":-1}\nnope\n${large}\n`),
    Buffer.from([0x22, 0xff, 10]),
    Buffer.from('{"n":5}'),
  ]);
  assert.deepEqual(await answerOf(await post(`${url}/v1/flows/a`, body)), {
    n: 6,
    text: [
      "1 VALIDATION_FAILED The input breaks the rules of this operation",
      "2 MALFORMED_BODY Line 3 is not valid JSON",
      "3 BODY_TOO_LARGE Line 4 is larger than the limit",
      "4 MALFORMED_BODY Line 5 is not valid UTF-8",
    ].join("; "),
  });
  const strict = await fetch(`${url}/v1/flows/a`, { method: "PUT", headers: ndjson, body: '{"n":1}\n{"n":-1}\n' });
  assert.equal(strict.status, 400);
  assert.match(await strict.text(), /"path":"items\[1\]\.n"/);
});

test("other media types, codings and answers are refused, also while the body is being sent", async (t) => {
  const { url, outcomes } = await openFlows(t, { take: sum });
  const body = '{"n":1}\n'.repeat(200_000);
  const json = await post(`${url}/v1/flows/a`, body, { "content-type": "application/json" });
  assert.deepEqual([json.status, json.headers.get("accept")?.split(",")[0]], [415, "application/x-ndjson"]);
  assert.equal((await post(`${url}/v1/flows/a`, body, {})).status, 415);
  const zipped = await post(`${url}/v1/flows/a`, gzipSync(body), { ...ndjson, "content-encoding": "gzip" });
  assert.equal(zipped.status, 415);
  assert.equal((await post(`${url}/v1/flows/a`, body, { ...ndjson, accept: "text/html" })).status, 406);
  assert.equal((await post(`${url}/v1/flows/find`, body)).status, 415);
  assert.equal(outcomes.length, 0);
});

test("what opens it wrongly is refused without the items", async (t) => {
  const { url } = await openFlows(t, { take: sum });
  const response = await post(`${url}/v1/flows/a?scale=x&n=1`, '{"n":1}\n');
  assert.equal(response.status, 400);
  const { violations } = (await answerOf(response)) as { violations: { path: string }[] };
  assert.deepEqual(
    violations.map(({ path }) => path),
    ["n", "scale"],
  );
});

test("an early answer arrives while the client goes on sending, and the connection can be used again", async (t) => {
  const { url, port } = await openFlows(t, {
    async take(_, { items }) {
      for await (const _item of items ?? []) break;
      throw notFound();
    },
    plain: async () => ({ n: 1 }),
  });
  const response = await post(`${url}/v1/flows/a`, '{"n":1}\n'.repeat(300_000));
  assert.equal(response.status, 404);
  const socket = begin(port);
  socket.write(chunk('{"n":1}\n'));
  assert.match(await untilText(socket, /FLOW_NOT_FOUND"[^}]*\}/), /^HTTP\/1.1 404 /);
  socket.write(`${chunk('{"n":2}\n')}0\r\n\r\nGET /v1/plain HTTP/1.1\r\nHost: a\r\n\r\n`);
  assert.match(await untilText(socket, /\{"n":1\}/), /^HTTP\/1.1 200 /);
  socket.destroy();
});

test("a client that never ends its body after the answer is cut off", async (t) => {
  const { port } = await openFlows(t, { take: async () => ({ n: 7 }) });
  const socket = begin(port);
  const closed = once(socket, "close");
  assert.match(await untilText(socket, /\{"n":7\}/), /^HTTP\/1.1 200 /);
  const begun = Date.now();
  await closed;
  assert.ok(Date.now() - begun > 1000);
});

test("nothing is read ahead of the handler", async (t) => {
  const gate = Promise.withResolvers<void>();
  const { port } = await openFlows(t, {
    async take(_, { items }) {
      let n = 0;
      for await (const _item of items ?? []) if (n++ === 0) await gate.promise;
      return { n };
    },
  });
  const socket = begin(port);
  const text = chunk(`{"n":1,"text":"${"x".repeat(60_000)}"}\n`);
  const sent = 600;
  for (let count = 0; count < sent; count++) socket.write(text);
  assert.ok((await settled(() => socket.writableLength)) > 10_000_000);
  gate.resolve();
  socket.write("0\r\n\r\n");
  assert.match(await untilText(socket, /\{"n":\d+\}/), new RegExp(`{"n":${sent}}`));
  socket.destroy();
});

test("a client that leaves in the middle ends the call as cancelled", async (t) => {
  const begun = Promise.withResolvers<Call>();
  const flows = await openFlows(t, {
    async take(_, call) {
      for await (const _item of call.items ?? []) begun.resolve(call);
      return { n: 0 };
    },
  });
  for (const leave of ["destroy", "end"] as const) {
    const ended = flows.nextOutcome();
    const socket = begin(flows.port);
    socket.write(chunk('{"n":1}\n'));
    await begun.promise;
    socket[leave]();
    assert.equal(reasonOf(await ended), "CANCELLED", leave);
    socket.destroy();
  }
});

test("a client that says nothing for long is asked whether it is there", {
  skip: process.platform !== "linux",
}, async (t) => {
  const begun = Promise.withResolvers<void>();
  const { port } = await openFlows(t, {
    async take(_, { items }) {
      for await (const _item of items ?? []) begun.resolve();
      return { n: 0 };
    },
  });
  const socket = begin(port);
  socket.write(chunk('{"n":1}\n'));
  await begun.promise;
  const hex = (of: number): string => of.toString(16).toUpperCase().padStart(4, "0");
  const line = new RegExp(`: \\w+:${hex(port)} \\w+:${hex(socket.localPort ?? 0)} .* 02:\\w+ `);
  assert.match(readFileSync("/proc/net/tcp", "latin1"), line); // 02: the timer of keep-alive runs
  socket.destroy();
});

test("a deadline ends it, and its error arrives", async (t) => {
  const { port } = await openFlows(t, { take: sum });
  const socket = begin(port, "POST /v1/flows/a HTTP/1.1\r\nRequest-Timeout: 0.05");
  assert.match(await untilText(socket, /DEADLINE_EXCEEDED/), /^HTTP\/1.1 504 /);
  socket.destroy();
});

test("the server's stop lets the handler answer for what came, and the answer arrives", async (t) => {
  const begun = Promise.withResolvers<void>();
  const { port, server, pipeline } = await openFlows(t, {
    async take(_, { items }) {
      let n = 0;
      try {
        for await (const item of items ?? []) {
          n += (item as { n: number }).n;
          begun.resolve();
        }
      } catch {
        return { n, text: "stopped" };
      }
      return { n };
    },
  });
  const socket = begin(port);
  socket.write(chunk('{"n":3}\n'));
  await begun.promise;
  pipeline.endStreams(appError("SHUTTING_DOWN"));
  const closing = server.close(5000);
  // It looks for an answer late: a connection that was reset in the meantime would have lost it.
  for (let count = 0; count < 20; count++) {
    socket.write(chunk('{"n":4}\n'));
    await sleep(5);
  }
  assert.match(await untilText(socket, /stopped/), /\{"n":3,"text":"stopped"\}/);
  socket.write("0\r\n\r\n");
  await closing;
});

test("a browser's page may be let send lines", async (t) => {
  const { port } = await openFlows(t, { take: sum }, { cors: { origins: ["https://a.example"] } });
  const response = await new Promise<IncomingMessage>((resolve) => {
    httpRequest({
      ...{ port, path: "/v1/flows/a", method: "OPTIONS" },
      headers: {
        origin: "https://a.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
      },
    })
      .on("response", resolve)
      .end();
  });
  response.resume();
  assert.match(String(response.headers["access-control-allow-headers"]), /content-type.*last-event-id/);
  assert.match(String(response.headers["access-control-allow-methods"]), /POST/);
});

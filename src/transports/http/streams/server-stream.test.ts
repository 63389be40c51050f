import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { promisify } from "node:util";
import { sleep } from "../../../core/async.ts";
import { appError } from "../../../core/catalogue.ts";
import type { Call } from "../../../pipeline/call.ts";
import { notFound, numbers, openFlows, reasonOf, untilCancelled } from "./flows.fixture.ts";

const run = promisify(execFile);
const events = { accept: "text/event-stream" };

async function* quiet(_: unknown, call: Call): AsyncGenerator<unknown> {
  await untilCancelled(call);
  yield* [];
}

async function problemOf(response: Response): Promise<{ reason: string }> {
  return (await response.json()) as { reason: string }; // a test fails where it is none
}

async function curl(...args: string[]): Promise<string> {
  return (await run("curl", ["-sS", "-N", "--max-time", "10", ...args])).stdout;
}

test("answers are lines, each of which says what it is, and the last is the end", async (t) => {
  const { url } = await openFlows(t, { list: () => numbers(3) });
  const text = '{"item":{"n":1}}\n{"item":{"n":2}}\n{"item":{"n":3}}\n{"end":true}\n';
  for (const accept of ["*/*", "application/json", "application/x-ndjson", "application/x-ndjson, text/event-stream"]) {
    const response = await fetch(`${url}/v1/flows/a`, { headers: { accept } });
    assert.equal(response.headers.get("content-type"), "application/x-ndjson", accept);
    assert.equal(await response.text(), text);
  }
  const jsonl = await fetch(`${url}/v1/flows/a`, { headers: { accept: "application/jsonl" } });
  assert.equal(jsonl.headers.get("content-type"), "application/jsonl");
  assert.equal(await curl(`${url}/v1/flows/a`), text);
});

test("answers are events for who asks for events, with the cursor as the id", async (t) => {
  const { url } = await openFlows(t, {
    async *list() {
      yield { n: 1, cursor: "c-1" };
      yield { n: 2, cursor: "two\nlines", text: "a\nb" };
    },
  });
  const text = await curl("-H", "accept: text/event-stream", `${url}/v1/flows/a`);
  assert.match(
    text,
    /^retry: [123]\d{3}\n\nid: c-1\ndata: \{"n":1,"cursor":"c-1"\}\n\ndata: \{"n":2,"cursor":"two\\nlines","text":"a\\nb"\}\n\nevent: end\ndata: \{"end":true\}\n\n$/,
  );
});

test("what is neither is not acceptable", async (t) => {
  const { url } = await openFlows(t, { list: () => numbers(1) });
  for (const accept of ["text/html", "application/xml, text/event-stream;q=0", "image/*"]) {
    const response = await fetch(`${url}/v1/flows/a`, { headers: { accept } });
    assert.equal(response.status, 406, accept);
    assert.equal((await problemOf(response)).reason, "NOT_ACCEPTABLE");
  }
});

test("the head says what every answer says, and that nothing on the way may keep it back", async (t) => {
  const { url } = await openFlows(
    t,
    { list: () => numbers(1) },
    {
      cors: { origins: ["https://a.example"] },
      caller: {
        async run(request) {
          request.onOpen?.({
            policies: [{ name: "flows.list", quota: 10, window: 60 }],
            tightest: { name: "flows.list", remaining: 9, reset: 6 },
          });
          await request.send?.({ n: 1 });
          return { ok: true, requestId: request.requestId ?? "", value: undefined };
        },
      },
    },
  );
  const response = await fetch(`${url}/v1/flows/a`, {
    headers: { "x-request-id": "me-1", origin: "https://a.example" },
  });
  await response.text();
  const { headers } = response;
  assert.equal(headers.get("x-request-id"), "me-1");
  assert.equal(headers.get("cache-control"), "no-store");
  assert.equal(headers.get("x-accel-buffering"), "no");
  assert.match(headers.get("vary") ?? "", /Accept/);
  assert.match(headers.get("deprecation") ?? "", /^@\d+$/);
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.equal(headers.get("access-control-allow-origin"), "https://a.example");
  assert.equal(headers.get("ratelimit"), '"flows.list";r=9;t=6');
});

test("an error before the first answer is a real status, also after what the handler looked up", async (t) => {
  const { url } = await openFlows(t, {
    async *list({ name }) {
      if (name === "late") await sleep(20);
      if (name !== "bad") throw notFound();
      yield { n: 1.5 };
    },
  });
  const ask = (path: string) => fetch(`${url}${path}`, { headers: events });
  for (const [path, status, reason] of [
    ["/v1/flows/none", 404, "FLOW_NOT_FOUND"],
    ["/v1/flows/late", 404, "FLOW_NOT_FOUND"],
    ["/v1/flows/bad", 500, "INTERNAL"],
    ["/v1/flows/a?from=x", 400, "VALIDATION_FAILED"],
    ["/v1/closed", 401, "CREDENTIAL_MISSING"],
  ] as const) {
    const response = await ask(path);
    assert.equal(response.headers.get("content-type"), "application/problem+json", path);
    assert.deepEqual([response.status, (await problemOf(response)).reason], [status, reason], path);
  }
});

test("slow authentication still refuses with a real status", async (t) => {
  const { url } = await openFlows(t, { closed: () => numbers(1) });
  const refused = await fetch(`${url}/v1/closed`, { headers: { authorization: "Bearer slow-bad" } });
  assert.equal(refused.status, 401);
  const admitted = await fetch(`${url}/v1/closed`, { headers: { authorization: "Bearer slow-good" } });
  assert.equal(await admitted.text(), '{"item":{"n":1}}\n{"end":true}\n');
});

test("an error amid is the last record", async (t) => {
  const { url } = await openFlows(t, {
    async *list() {
      yield { n: 1 };
      throw notFound();
    },
  });
  const lines = (await curl(`${url}/v1/flows/a`)).trim().split("\n");
  const problem = JSON.parse(lines[1] ?? "").error;
  assert.deepEqual([lines.length, problem.reason, problem.status], [2, "FLOW_NOT_FOUND", 404]);
  const text = await curl("-H", "accept: text/event-stream", `${url}/v1/flows/a`);
  assert.match(text, /data: \{"n":1\}\n\nevent: error\ndata: \{"type":"\/errors#flow_not_found".*\}\n\n$/);
});

test("a quiet stream is opened at once after its handler began, and kept awake", async (t) => {
  const { url } = await openFlows(
    t,
    {
      list: quiet,
    },
    { streams: { openAfter: 20, heartbeat: 20 } },
  );
  for (const [headers, beat] of [
    [events, ":\n\n"],
    [{ accept: "application/x-ndjson" }, "\n"],
  ] as const) {
    const response = await fetch(`${url}/v1/flows/a`, { headers });
    assert.equal(response.status, 200);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.endsWith(beat + beat)) text += (await reader?.read())?.value;
    await reader?.cancel();
  }
});

test("Last-Event-ID is the field after, and wins over an older one in the URL", async (t) => {
  const { url } = await openFlows(t, {
    async *list({ after }) {
      yield { n: 1, text: String(after) };
    },
    async *find(input) {
      yield { n: 1, text: JSON.stringify(input) };
    },
  });
  const last = { "last-event-id": "c-9" };
  const ask = async (path: string, init: RequestInit = {}) => (await fetch(`${url}${path}`, init)).text();
  assert.match(await ask("/v1/flows/a", { headers: last }), /"text":"c-9"/);
  assert.match(await ask("/v1/flows/a?after=c-1", { headers: last }), /"text":"c-9"/);
  assert.match(await ask("/v1/flows/a?after=c-1"), /"text":"c-1"/);
  assert.match(await ask("/v1/flows/a", { headers: { "last-event-id": "x".repeat(21) } }), /VALIDATION_FAILED/);
  const body = JSON.stringify({ text: "t" });
  const headers = { "content-type": "application/json", ...last };
  assert.match(await ask("/v1/flows/find", { method: "POST", headers, body }), /"text":"\{\\"text\\":\\"t\\"\}"/);
});

test("HEAD answers the head alone, and the handler does not run", async (t) => {
  let ran = 0;
  const { url } = await openFlows(t, {
    async *list() {
      ran++;
      yield { n: 1 };
    },
  });
  const response = await fetch(`${url}/v1/flows/a`, { method: "HEAD", headers: events });
  assert.deepEqual([response.status, response.headers.get("content-type"), ran], [200, "text/event-stream", 0]);
});

test("a client that leaves ends the call", async (t) => {
  const flows = await openFlows(t, {
    async *list(_, call) {
      yield { n: 1 };
      await untilCancelled(call);
    },
  });
  const ended = flows.nextOutcome();
  const socket = connect(flows.port, "127.0.0.1");
  socket.write("GET /v1/flows/a HTTP/1.1\r\nHost: a\r\n\r\n");
  await once(socket, "data");
  socket.destroy();
  assert.equal(reasonOf(await ended), "CANCELLED");
});

test("a deadline and the server's stop end a stream with their own error", async (t) => {
  const { url, pipeline } = await openFlows(t, {
    async *list(_, call) {
      yield { n: 1 };
      await untilCancelled(call);
    },
  });
  assert.match(await curl("-H", "request-timeout: 0.05", `${url}/v1/flows/a`), /"error":.*"DEADLINE_EXCEEDED"/);
  const response = await fetch(`${url}/v1/flows/a`);
  const text = response.text();
  pipeline.endStreams(appError("SHUTTING_DOWN"));
  assert.match(await text, /\{"item":\{"n":1\}\}\n\{"error":.*"SHUTTING_DOWN".*\}\n$/);
});

test("a closing server takes no new streams, and ends when those that run have ended", async (t) => {
  const { url, server, pipeline } = await openFlows(t, {
    async *list(_, call) {
      yield { n: 1 };
      await untilCancelled(call);
    },
  });
  const running = await fetch(`${url}/v1/flows/a`);
  const begun = Date.now();
  const closing = server.close(5000);
  const late = connect(Number(new URL(url).port), "127.0.0.1");
  assert.match(String((await once(late, "error"))[0]), /ECONNREFUSED/);
  pipeline.endStreams(appError("SHUTTING_DOWN"));
  assert.match(await running.text(), /SHUTTING_DOWN/);
  await closing;
  assert.ok(Date.now() - begun < 2500, "the connection was kept for nothing");
});

test("the handler waits for a slow reader, who loses nothing; one who reads no more is cut off", async (t) => {
  let made = 0;
  const many = async function* (_: unknown, call: Call): AsyncGenerator<unknown> {
    const text = "x".repeat(1000);
    for (made = 0; made < 20_000 && !call.signal.aborted; ) yield { n: ++made, text };
  };
  const flows = await openFlows(t, { list: many }, { streams: { patience: 1500 } });
  const socket = connect(flows.port, "127.0.0.1");
  socket.write("GET /v1/flows/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  await once(socket, "readable");
  await sleep(100);
  const before = made;
  assert.ok(before < 15_000, `${before} answers were made for nobody`);
  socket.read(1);
  let size = 0;
  let last = "";
  socket.setEncoding("latin1").on("data", (text: string) => {
    size += text.length;
    last = (last + text).slice(-2000);
  });
  await once(socket, "close");
  assert.ok(size > 20_000_000);
  assert.match(last, /"n":20000,.*\{"end":true\}/s);

  const ended = flows.nextOutcome();
  const deaf = connect(flows.port, "127.0.0.1");
  deaf.on("error", () => undefined).pause();
  deaf.write("GET /v1/flows/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  assert.equal(reasonOf(await ended), "SLOW_CONSUMER");
  deaf.resume();
  let tail = "";
  deaf.on("data", (bytes) => {
    tail = (tail + bytes.toString("latin1")).slice(-1000);
  });
  await once(deaf, "close");
  assert.match(tail, /\{"error":.*"SLOW_CONSUMER"/);
});

test("nothing is left of streams that ended, however they did", async (t) => {
  const list = async function* ({ name }: Record<string, unknown>, call: Call): AsyncGenerator<unknown> {
    yield { n: 1 };
    if (name === "wait") await untilCancelled(call);
  };
  const flows = await openFlows(t, { list });
  await (await fetch(`${flows.url}/v1/flows/a`)).text();
  const handles = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === "Timeout" || name === "TCPSocketWrap").length;
  const before = handles();
  for (let round = 0; round < 20; round++) {
    await (await fetch(`${flows.url}/v1/flows/a`)).text();
    const ended = flows.nextOutcome();
    const left = new AbortController();
    const response = await fetch(`${flows.url}/v1/flows/wait`, { signal: left.signal });
    await response.body?.getReader().read();
    left.abort();
    await ended;
  }
  await sleep(50);
  assert.ok(handles() <= before + 2, `${handles()} handles, before ${before}`);
});

test("an EventSource hears the answers, the end and the error", async (t) => {
  const { url } = await openFlows(t, {
    async *list({ name }) {
      yield { n: 1, cursor: "c-1" };
      if (name === "broken") throw notFound();
    },
  });
  const program = `
    const source = new EventSource(process.argv[1]);
    const heard = [];
    const last = ({ type, data }) => {
      source.close();
      console.log(JSON.stringify([...heard, type, data]));
    };
    source.onmessage = ({ lastEventId, data }) => heard.push(lastEventId, data);
    source.addEventListener("end", last);
    source.addEventListener("error", last);`;
  const listen = async (name: string): Promise<unknown[]> => {
    const args = ["--experimental-eventsource", "-e", program, `${url}/v1/flows/${name}`];
    return JSON.parse((await run(process.execPath, args)).stdout);
  };
  const answer = ["c-1", '{"n":1,"cursor":"c-1"}'];
  assert.deepEqual(await listen("a"), [...answer, "end", '{"end":true}']);
  const [id, data, type, problem] = await listen("broken");
  assert.deepEqual([id, data, type], [...answer, "error"]);
  assert.equal(JSON.parse(String(problem)).reason, "FLOW_NOT_FOUND");
});

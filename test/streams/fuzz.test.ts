// Mutated frames on every road that takes streams: no crash, nothing left running, and only errors that say whose fault
// it is. TRIVIUM_FUZZ_FRAMES frames in all.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { connect } from "node:net";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { migrateUp } from "../../src/database/migrations/migrate.ts";
import { freshEmbedded } from "../../src/testing/fresh-embedded.ts";
import { openFlows } from "./flows.ts";
import { createMutator, type Mutator } from "./mutator.ts";

const frames = Number(process.env.TRIVIUM_FUZZ_FRAMES ?? 50_000);
const seed = Number(process.env.TRIVIUM_SEED ?? Math.floor(Math.random() * 2 ** 31));

const database = await freshEmbedded();
await migrateUp(database, undefined);
const flows = await openFlows(database);
const { port } = new URL(flows.url);
const crashes: unknown[] = [];
const onCrash = (error: unknown): void => void crashes.push(error);
process.on("uncaughtException", onCrash).on("unhandledRejection", onCrash);
after(async () => {
  process.off("uncaughtException", onCrash).off("unhandledRejection", onCrash);
  await flows.close();
  await database.close();
});

/** The service is as well as before: it answers, and no handler of the mutated calls runs on. */
async function isWell(): Promise<void> {
  for (const road of ["http", "grpc"] as const)
    assert.deepEqual(await flows.roads[road]("both", { items: [{ n: 1 }] }), { answers: [1], end: "ok" });
  for (const until = Date.now() + 10_000; flows.state.running > 0; await delay(10))
    assert.ok(Date.now() < until, `${flows.state.running} handlers still run; seed ${seed}`);
  assert.deepEqual(crashes, [], `seed ${seed}`);
  for (const until = Date.now() + 10_000; sockets() > 4; await delay(10))
    assert.ok(Date.now() < until, `${sockets()} sockets are still open; seed ${seed}`);
}

/** Open sockets of this process, the client's and the server's: the gRPC client keeps its own. */
function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
}

test("WebSocket frames", { timeout: 300_000 }, async () => {
  const mutate = createMutator(seed);
  const perSocket = 20;
  for (let sent = 0; sent < frames / 3; sent += perSocket) {
    const pieces = Array.from({ length: perSocket }, (_, n) =>
      mutate(webSocketFrame(itemTexts[n % itemTexts.length] ?? "", mutate)),
    );
    const answer = await overSocket(Buffer.concat([upgrade, ...pieces]), mutate.chance(0.3));
    const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1];
    assert.equal(status, "101", `seed ${seed}: ${answer.slice(0, 300)}`);
    assert.doesNotMatch(answer, /"INTERNAL"|"UNKNOWN"/, `seed ${seed}`);
  }
  await isWell();
});

test("NDJSON lines", { timeout: 300_000 }, async () => {
  const mutate = createMutator(seed + 1);
  const perBody = 50;
  for (let sent = 0; sent < frames / 3; sent += perBody) {
    const lines = Array.from({ length: perBody }, (_, n) => mutate(Buffer.from(`{"n":${n},"colour":"é"}\n`)));
    const body = Buffer.concat(lines);
    const head = `POST /v1/up HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`;
    const answer = await overSocket(Buffer.concat([Buffer.from(head), body]), mutate.chance(0.1));
    const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1];
    // Nothing, where the client left first.
    assert.ok(status === undefined || /^(200|4\d\d)$/.test(status), `seed ${seed}: ${answer.slice(0, 300)}`);
  }
  await isWell();
});

test("gRPC messages", { timeout: 300_000 }, async () => {
  const mutate = createMutator(seed + 2);
  const perCall = 10;
  for (let sent = 0; sent < frames / 3; ) {
    const session = connectHttp2(`http://${flows.address}`);
    session.on("error", () => undefined);
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        const messages = [grpcMessage(Buffer.from([0x0a, 0x00]))];
        for (let n = 0; n < perCall; n++) messages.push(mutate(grpcMessage(Buffer.from([0x12, 0x02, 0x08, n]))));
        sent += perCall;
        const status = await overGrpc(session, Buffer.concat(messages), mutate.chance(0.1));
        assert.ok(!["2", "13", "14"].includes(status ?? ""), `seed ${seed}: grpc-status ${status}`);
      }),
    );
    session.destroy();
  }
  await isWell();
});

const upgrade = Buffer.from(
  "GET /v1/both HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n" +
    "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
);
const itemTexts = [
  '{"item":{"n":1}}',
  '{"item":{"n":"x"}}',
  '{"item":3}',
  '{"end":true}',
  '{"item":{"n":1},"end":true}',
];

/** A masked frame of a client: mostly text, now and then a ping or a close. */
function webSocketFrame(text: string, mutate: Mutator): Buffer {
  const payload = Buffer.from(text);
  const opcode = mutate.chance(0.9) ? 0x81 : mutate.chance(0.5) ? 0x89 : 0x88;
  const mask = Buffer.from([1, 2, 3, 4]);
  const masked = payload.map((byte, at) => byte ^ (mask[at % 4] as number));
  return Buffer.concat([Buffer.from([opcode, 0x80 | payload.length]), mask, masked]);
}

function grpcMessage(payload: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

/** Sends bytes, then ends or cuts the connection; what came until it was closed. */
async function overSocket(bytes: Buffer, cut: boolean): Promise<string> {
  const socket = connect(Number(port), "127.0.0.1");
  let heard = "";
  socket.setEncoding("latin1").on("data", (text: string) => {
    heard += text;
  });
  socket.on("error", () => undefined);
  socket.write(bytes);
  while (heard === "" && !socket.destroyed) await Promise.race([once(socket, "data"), once(socket, "close")]);
  if (cut) socket.resetAndDestroy();
  else socket.end();
  if (!socket.destroyed) await Promise.race([once(socket, "close"), delay(5_000)]);
  socket.destroy();
  return heard;
}

/** The call's status; undefined where it has none, because the library or the client reset it. */
function overGrpc(session: ReturnType<typeof connectHttp2>, bytes: Buffer, cut: boolean): Promise<string | undefined> {
  return new Promise((resolve) => {
    const stream = session.request({
      ":method": "POST",
      ":path": "/bench.flows.v1.FlowsService/Both",
      "content-type": "application/grpc",
      te: "trailers",
    });
    let status: string | undefined;
    const note = (headers: object): void => {
      if ("grpc-status" in headers) status = String(headers["grpc-status"]);
    };
    stream.on("response", note).on("trailers", note);
    stream.on("error", () => undefined).on("close", () => resolve(status));
    stream.resume();
    stream.write(bytes);
    if (cut) setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), 2);
    else stream.end();
    setTimeout(() => stream.close(), 10_000).unref();
  });
}

// Two thousand bad requests: what each one brought along must be let go of.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { startFilledChat } from "./chat.ts";

const chat = await startFilledChat();
const requests = 2000;
/** Every request is this large: kept, they would be 200 MB. */
const size = 100_000;
const most = 80_000_000;
const authorization = `Bearer ${chat.token}`;
const padding = "x".repeat(size);

const bodies: readonly ((nth: number) => string)[] = [
  (nth) => `{"name":"${padding}","n${nth}":1}`,
  (nth) => `{"n${nth}":"${padding}"`,
  (nth) => `{"__proto__":{"n${nth}":"${padding}"}}`,
  () => `{"name":${"[".repeat(size / 2)}${"]".repeat(size / 2)}}`,
];

async function overHttp(nth: number): Promise<void> {
  // An operation without a limit, or most of it would be refused for that.
  const response = await fetch(`${chat.server.http}/v1/channels?n${nth}=1`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json", "x-request-id": `r${nth}` },
    body: bodies[nth % bodies.length]?.(nth) ?? "",
  });
  await response.arrayBuffer();
  assert.equal(response.status, 400);
}

function overGrpc(client: Client, nth: number): Promise<void> {
  const metadata = new Metadata();
  metadata.set("authorization", authorization);
  const path = nth % 2 === 0 ? "/chat.channels.v1.ChannelsService/Create" : `/chat.messages.v1.MessagesService/M${nth}`;
  const pass = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, pass, pass, Buffer.alloc(size, 0xff), metadata, (error) => {
      if (error === null) reject(new Error("a bad message was taken"));
      else resolve();
    });
  });
}

/** Sends them, eight at a time. */
async function flood(client: Client, count: number): Promise<void> {
  let sent = 0;
  const sender = async (): Promise<void> => {
    for (let nth = sent++; nth < count; nth = sent++) await (nth % 4 === 0 ? overGrpc(client, nth) : overHttp(nth));
  };
  await Promise.all(Array.from({ length: 8 }, sender));
}

async function memory(): Promise<number> {
  const page = await (await fetch(`${chat.server.admin}/metrics`)).text();
  const [, bytes] = /^process_resident_memory_bytes(?:\{.*\})? (\S+)$/m.exec(page) ?? [];
  assert.ok(bytes !== undefined, page);
  return Number(bytes);
}

test(`${requests} bad requests of ${size} bytes leave nothing behind in memory, nor anywhere else`, async (t) => {
  const client = new Client(chat.server.grpc, credentials.createInsecure());
  t.after(() => client.close());
  await flood(client, requests / 4); // until the heap has the size that such requests need
  const before = await memory();
  await flood(client, requests);
  const grown = (await memory()) - before;
  assert.ok(grown < most, `${Math.round(grown / 1e6)} MB more`);
  await chat.assertUnharmed();
});

import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { BodyItems } from "./body-items.ts";

test("an item that blank lines keep waiting for is kept waiting by nothing that grows with them", async () => {
  const body = new PassThrough();
  const items = new BodyItems(body as unknown as IncomingMessage, 1024); // all that is used of one is its stream
  let item: unknown;
  void items.next().then((result) => {
    item = result.value;
  });
  for (let count = 0; count < 1000; count++) {
    body.write("\n");
    await new Promise(setImmediate);
  }
  const arrived = new Promise((resolve) => body.once("data", resolve));
  body.write('{"n":1}\n');
  await arrived;
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  assert.deepEqual(item, { n: 1 });
});

// The items of a client stream as the body of a request: NDJSON.

import { jsonOf } from "./frames.ts";
import { inBrowser } from "./platform.ts";

/**
 * The body: a stream that takes the next item when the connection has room for it; in browsers, which
 * send such a body over HTTP/2 at most and not all of them, the whole text, read to its end first.
 */
export async function itemBody(items: AsyncIterator<unknown>): Promise<ReadableStream<Uint8Array> | string> {
  if (!inBrowser) return streamOf(items);
  const lines: string[] = [];
  for (let item = await items.next(); item.done !== true; item = await items.next())
    lines.push(`${jsonOf(item.value)}\n`);
  return lines.join("");
}

function streamOf(items: AsyncIterator<unknown>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await items.next();
        if (done === true) controller.close();
        else controller.enqueue(encoder.encode(`${jsonOf(value)}\n`));
      },
      async cancel() {
        await items.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

// A bidi stream over HTTP: a WebSocket of JSON frames, both ways.

import { sleep } from "../../core/async.ts";
import { appError } from "../../core/catalogue.ts";
import type { Outcome } from "../../pipeline/call.ts";
import { exchange, type HttpCall, unreachable } from "./exchange.ts";
import { cutOff, endFrame, frameFrom, jsonOf } from "./frames.ts";
import type { HttpRequest } from "./http-request.ts";
import { Inbox } from "./inbox.ts";
import { openSocket, refusals } from "./open-socket.ts";

/** Bytes that may wait to be sent before the next item is taken. */
const mostUnsent = 64 * 1024;

/**
 * Runs a bidi stream. The next item is taken when the socket has room for it. What is received cannot be held back, as a
 * WebSocket of browsers has no way to: it waits for its reader, and a reader who leaves more than 16 MiB waiting ends the
 * stream with SLOW_CONSUMER.
 */
export function talk(call: HttpCall, request: HttpRequest): Promise<Outcome> {
  return exchange(call, request.url, call.timeout, async (signal) => {
    const socket = openSocket(request);
    const inbox = new Inbox(socket, () => unreachable(request.url));
    const left = (): void => inbox.abort(appError("CANCELLED")); // what was meant is known by who aborted
    signal?.addEventListener("abort", left, { once: true });
    if (signal?.aborted === true) left();
    try {
      await inbox.opened;
      if (socket.protocol !== refusals)
        sendItems(socket, call.items, inbox).catch((thrown: unknown) => inbox.abort(thrown));
      return await received(call, inbox);
    } finally {
      signal?.removeEventListener("abort", left);
      inbox.fail(cutOff());
      socket.close();
    }
  });
}

async function received({ send, requestId }: HttpCall, inbox: Inbox): Promise<Outcome> {
  for (;;) {
    const frame = frameFrom(await inbox.next());
    if (frame.kind === "item") await send?.(frame.item);
    if (frame.kind === "error") return { ok: false, requestId, error: frame.error };
    if (frame.kind === "end") return { ok: true, requestId, value: undefined };
  }
}

async function sendItems(socket: WebSocket, items: HttpCall["items"], inbox: Inbox): Promise<void> {
  for (;;) {
    const item = items === undefined ? { done: true, value: undefined } : await items.next();
    if (inbox.isOver) return;
    socket.send(item.done === true ? endFrame : `{"item":${jsonOf(item.value)}}`);
    if (item.done === true) return;
    for (let pause = 1; socket.bufferedAmount > mostUnsent && !inbox.isOver; pause = Math.min(pause * 2, 50))
      await sleep(pause); // a WebSocket does not say when it has room again
  }
}

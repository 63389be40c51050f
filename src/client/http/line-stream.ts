// A server stream over HTTP: a request as any other, its answer read line by line.

import type { Outcome } from "../../pipeline/call.ts";
import { exchange, type HttpCall, jsonFrom, refusal } from "./exchange.ts";
import { cutOff, frameFrom } from "./frames.ts";
import type { HttpRequest } from "./http-request.ts";
import { linesOf } from "./ndjson.ts";

/** Runs a server stream; the next line is read when the answer before it was taken. */
export function readStream(call: HttpCall, { url, ...init }: HttpRequest): Promise<Outcome> {
  return exchange(call, url, call.timeout, async (signal) => {
    const response = await fetch(url, { ...init, signal: signal ?? null, redirect: "manual" });
    const requestId = response.headers.get("x-request-id") ?? call.requestId;
    const type = response.headers.get("content-type") ?? "";
    if (!response.ok || !/^application\/x-ndjson\b/.test(type) || response.body === null)
      return refusal(response, requestId, jsonFrom(await response.text()));
    try {
      return await streamOutcome(call, response.body, requestId);
    } catch (thrown) {
      throw signal?.aborted === true || !(thrown instanceof TypeError) ? thrown : cutOff(thrown);
    }
  });
}

async function streamOutcome(
  { send }: HttpCall,
  body: ReadableStream<Uint8Array>,
  requestId: string,
): Promise<Outcome> {
  for await (const line of linesOf(body)) {
    const frame = frameFrom(line);
    if (frame.kind === "item") await send?.(frame.item);
    if (frame.kind === "error") return { ok: false, requestId, error: frame.error };
    if (frame.kind === "end") return { ok: true, requestId, value: undefined };
  }
  throw cutOff();
}

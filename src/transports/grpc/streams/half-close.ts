// When a client that seems to have ended really has: a stream that is broken off can look the same at first.

import type { Metadata, ServerInterceptingCallInterface } from "@grpc/grpc-js";
import { textOf } from "../metadata.ts";

/** Milliseconds between what Node's client sends for a cancelled stream, an end and a reset, with time to spare. */
const nodeGap = 10;

/**
 * Calls `ended` when a stream whose client has closed its side was not reset right after. A reset lets the stream end
 * before it is heard of as cancelled; and Node's HTTP/2 client, which grpc-js is built on, really ends a stream before
 * it resets it, in two packets. Without the wait a handler would take what has come for all that there is.
 */
export function whenReallyEnded(metadata: Metadata, ended: () => void): void {
  const isNode = textOf(metadata, "user-agent")?.includes("grpc-node-js") === true;
  // After a timer what came in the meantime is still to be read.
  if (isNode) setTimeout(() => setImmediate(ended), nodeGap);
  else setImmediate(ended);
}

/** Whether a client that has ended did so amid a message. */
export function endedAmidMessage(call: ServerInterceptingCallInterface): boolean {
  // The library drops what there is of such a message; the state of its decoder, which it does not name in its types,
  // is the only trace.
  const { decoder } = call as { decoder?: { readonly readState?: number } };
  return (decoder?.readState ?? 0) !== 0;
}

// Writes to the program's streams and waits until it is out.

import type { OutputStream } from "../options.ts";

const heard = new WeakSet<OutputStream>();

/**
 * Writes a text. Resolves when it was handed over, or when nobody reads any more (EPIPE: `| head` has seen enough).
 * Rejects with the stream's error for anything else, such as a full disk.
 */
export function writeText(stream: OutputStream, text: string): Promise<void> {
  if (text === "") return Promise.resolve();
  listen(stream);
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error === undefined || error === null || isGone(error)) resolve();
      else reject(error);
    });
  });
}

/** The error of a write also comes as an event, which ends the process where nobody hears it. */
function listen(stream: OutputStream): void {
  if (heard.has(stream)) return;
  heard.add(stream);
  stream.on?.("error", () => undefined);
}

function isGone(error: Error): boolean {
  return "code" in error && (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED");
}

// Writes to the program's streams and waits until it is out.

import type { OutputStream } from "../options.ts";

const heard = new WeakSet<OutputStream>();

/**
 * Writes a text. Resolves when it was handed over, or when nobody reads any more (EPIPE: `| head` has seen enough): with
 * whether anybody does. Rejects with the stream's error for anything else, such as a full disk.
 */
export function writeWhileRead(stream: OutputStream, text: string): Promise<boolean> {
  if (text === "") return Promise.resolve(true);
  listen(stream);
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error === undefined || error === null) resolve(true);
      else if (isGone(error)) resolve(false);
      else reject(error);
    });
  });
}

/** The same for whoever says it once, and is done whether it was read or not. */
export async function writeText(stream: OutputStream, text: string): Promise<void> {
  await writeWhileRead(stream, text);
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

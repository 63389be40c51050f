// Reads a body of NDJSON, line by line, each when it is asked for.

/** Milliseconds without a byte after which a connection counts as lost: the server sends something every 15 s. */
const longestSilence = 45_000;

/**
 * The lines of a body. Reads on only for the next line; leaving the loop cancels the body. Ends where the body ends, or
 * has been silent for `patience` milliseconds; rejects where it breaks off.
 */
export async function* linesOf(
  body: ReadableStream<Uint8Array>,
  patience = longestSilence,
): AsyncGenerator<string, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const leave = (): void => void reader.cancel().catch(() => undefined); // what is left behind has nobody to tell
  let rest = "";
  try {
    for (;;) {
      const silence = setTimeout(leave, patience);
      const { done, value } = await reader.read().finally(() => clearTimeout(silence));
      if (done) break;
      const parts = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = parts.pop() ?? "";
      yield* parts;
    }
  } finally {
    leave();
  }
}

// Promises that a handler forgot: they end no process and no call, and go to the log only.

import type { Log } from "../../service/context.ts";

/** Logs rejections that nobody handles, instead of Node's way of ending the process. Call the answer to stop it. */
export function logRejections(log: Pick<Log, "error">): () => void {
  const onRejection = (reason: unknown): void =>
    log.error({ err: reason }, "a promise was rejected and nobody handled it");
  process.on("unhandledRejection", onRejection);
  return () => process.off("unhandledRejection", onRejection);
}

// Back-pressure: what was written waits in the connection's buffer until the client reads, and so does the next message.

import type { EventEmitter } from "node:events";
import { appError } from "../../../core/catalogue.ts";

/** A connection or the answer on it. */
interface Sink extends EventEmitter {
  readonly writableNeedDrain: boolean;
}

/**
 * Waits for a reader. Nothing while the buffer has room (64 KiB). Else a promise that resolves when the buffer is empty,
 * and rejects with AppError SLOW_CONSUMER after `patience` milliseconds or CANCELLED when the connection closes.
 */
export function untilTaken(sink: Sink, patience: number): Promise<void> | undefined {
  if (!sink.writableNeedDrain) return undefined;
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      sink.off("drain", onDrain).off("close", onClose);
      settle();
    };
    const onDrain = (): void => end(resolve);
    const onClose = (): void => end(() => reject(appError("CANCELLED")));
    const timer = setTimeout(() => end(() => reject(appError("SLOW_CONSUMER"))), patience);
    sink.on("drain", onDrain).on("close", onClose);
  });
}

// Step 4 of the pipeline's view of the world: whether there is room for one more call.

import { monitorEventLoopDelay } from "node:perf_hooks";
import type { AdmissionControl } from "../pipeline/ports.ts";

/** When new calls are turned away. */
export interface AdmissionOptions {
  readonly maxCallsInFlight: number;
  readonly maxStreams: number;
  /** Milliseconds. */
  readonly maxEventLoopDelay: number;
}

/** An admission control that measures the event loop until it is closed. */
export interface MeasuredAdmission extends AdmissionControl {
  /** Milliseconds: the mean of the latest quarter seconds, the newest counting half. */
  readonly eventLoopDelay: number;
  close(): void;
}

const resolutionMillis = 10;
const sampleMillis = 250;
const retryAfterSeconds = 1;

/**
 * Creates the admission control of a process. One long stall does not shed calls, a lasting one does: the delay is
 * smoothed over samples. Asking costs two comparisons.
 */
export function createAdmission(options: AdmissionOptions): MeasuredAdmission {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMillis });
  histogram.enable();
  let inFlight = 0;
  let streams = 0;
  let delay = 0;
  const timer = setInterval(() => {
    // The histogram holds the time between two ticks of its own timer, of which the resolution is not delay.
    const mean = histogram.count === 0 ? 0 : Math.max(0, histogram.mean / 1e6 - resolutionMillis);
    delay = (delay + mean) / 2;
    histogram.reset();
  }, sampleMillis).unref();

  return {
    get eventLoopDelay() {
      return delay;
    },
    enter(isStream) {
      const isFull = isStream ? streams >= options.maxStreams : inFlight >= options.maxCallsInFlight;
      if (isFull || delay > options.maxEventLoopDelay) return retryAfterSeconds;
      if (isStream) streams++;
      else inFlight++;
      return undefined;
    },
    leave(isStream) {
      if (isStream) streams--;
      else inFlight--;
    },
    close() {
      clearInterval(timer);
      histogram.disable();
    },
  };
}

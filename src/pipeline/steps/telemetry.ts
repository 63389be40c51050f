// Step 2, telemetry: the span, the log line and the metrics of a call, with its final outcome.

import { toAppError } from "../../core/catalogue.ts";
import type { Middleware } from "../call.ts";
import type { CallTelemetry } from "../ports.ts";

/** Step 2. */
export function telemetry(port: CallTelemetry): Middleware {
  return async (call, next) => {
    const observation = port.start(call);
    try {
      const answer = await observation.run(next);
      observation.end(undefined);
      return answer;
    } catch (thrown) {
      const error = toAppError(thrown);
      observation.end(error);
      throw error;
    }
  };
}

// Step 4, admission: sheds load before any work is done for a call.

import { appError } from "../../core/catalogue.ts";
import type { Middleware } from "../call.ts";
import type { AdmissionControl } from "../ports.ts";

/** Step 4. */
export function admission(control: AdmissionControl): Middleware {
  return async (_call, next) => {
    const retryAfter = control.enter();
    if (retryAfter !== undefined) throw appError("OVERLOADED", { retryAfter });
    try {
      return await next();
    } finally {
      control.leave();
    }
  };
}

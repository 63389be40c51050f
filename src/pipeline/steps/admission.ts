// Step 4, admission: sheds load before any work is done for a call.

import { appError } from "../../core/catalogue.ts";
import type { Answer, Middleware } from "../call.ts";
import type { AdmissionControl } from "../ports.ts";

/** Step 4. */
export function admission(control: AdmissionControl): Middleware {
  const answered = (answer: Answer): Answer => {
    control.leave();
    return answer;
  };
  const failed = (thrown: unknown): never => {
    control.leave();
    throw thrown;
  };
  return (_call, next) => {
    const retryAfter = control.enter();
    if (retryAfter !== undefined) throw appError("OVERLOADED", { retryAfter });
    return next().then(answered, failed);
  };
}

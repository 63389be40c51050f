// Step 4, admission: sheds load before any work is done for a call.

import { isStream } from "../../contract/operation.ts";
import type { RegisteredOperation } from "../../contract/registry.ts";
import { appError } from "../../core/catalogue.ts";
import type { Answer, Middleware } from "../call.ts";
import type { AdmissionControl } from "../ports.ts";

/** Step 4. */
export function admission({ contract }: RegisteredOperation, control: AdmissionControl): Middleware {
  const stays = isStream(contract);
  const answered = (answer: Answer): Answer => {
    control.leave(stays);
    return answer;
  };
  const failed = (thrown: unknown): never => {
    control.leave(stays);
    throw thrown;
  };
  return (_call, next) => {
    const retryAfter = control.enter(stays);
    if (retryAfter !== undefined) throw appError("OVERLOADED", { retryAfter });
    return next().then(answered, failed);
  };
}

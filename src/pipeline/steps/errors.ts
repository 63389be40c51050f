// Step 3, errors: whatever is thrown inside becomes one application error. Outside of it nothing else can be thrown.

import { isAnswerable } from "../../core/app-error.ts";
import { appError, toAppError } from "../../core/catalogue.ts";
import type { Middleware } from "../call.ts";

/** Step 3. An error that no road could answer is a defect of the handler: INTERNAL, with it as the cause. */
export const errors: Middleware = (_call, next) => next().catch(translate);

function translate(thrown: unknown): never {
  const error = toAppError(thrown);
  throw isAnswerable(error) ? error : appError("INTERNAL", { cause: thrown });
}

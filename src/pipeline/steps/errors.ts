// Step 3, errors: whatever is thrown inside becomes one application error. Outside of it nothing else can be thrown.

import { toAppError } from "../../core/catalogue.ts";
import type { Middleware } from "../call.ts";

/** Step 3. */
export const errors: Middleware = async (_call, next) => {
  try {
    return await next();
  } catch (thrown) {
    throw toAppError(thrown);
  }
};

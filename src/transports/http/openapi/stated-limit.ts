// One limit as JSON: on the page of limits, and in the API's document as the extension `x-ratelimit`.

import type { NamedLimit } from "../../../contract/limits/limit.ts";
import { limitInWords } from "../../../contract/limits/limit-words.ts";
import type { JsonObject } from "./schemas.ts";

/** The limit; with its operation, where it stands among those of others. */
export function statedLimit({ name, rule }: NamedLimit, operation?: string): JsonObject {
  return {
    name,
    ...(operation === undefined ? {} : { operation }),
    description: limitInWords(rule),
    by: rule.by ?? ["user", "address"],
    quotas: rule.quotas.map(({ policy, calls, period, burst }) => ({
      ...(policy === undefined ? {} : { policy }),
      calls,
      seconds: period,
      burst,
    })),
    secure: rule.secure,
  };
}

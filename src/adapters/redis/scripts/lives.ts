// The store's lives: the first of all, and the two steps around a migration.

import { prelude } from "./prelude.ts";
import { scriptFrom } from "./script.ts";

/** Begins the first life of all open, with full buckets: nothing can have been lost. Else it changes nothing. */
export const beginFirst = scriptFrom(
  "beginFirst",
  `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local run, nonce = string.sub(ARGV[1], 1, 40), string.sub(ARGV[1], 41)
redis.call('SET', KEYS[1], run .. ' ' .. nonce .. ' 1 1 0 0 0')
return 1
`,
);

/** No hits and no fills from here on. */
export const seal = scriptFrom(
  "seal",
  prelude,
  `
sealed = '1'
save()
return 1
`,
);

/** A new nonce, and no seal; the fences that stand are those of writers that may still commit. */
export const renew = scriptFrom(
  "renew",
  prelude,
  `
nonce, sealed, clock = string.sub(ARGV[1], 41), '0', clock + 1
floor = clock
save()
return 1
`,
);

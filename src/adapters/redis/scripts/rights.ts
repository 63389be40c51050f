// What the other scripts do, done to a key of its own: at start, so that a missing right is found then.

import { scriptFrom } from "./script.ts";

/** Leaves nothing behind. */
export const rights = scriptFrom(
  "rights",
  `
local key = string.sub(KEYS[1], 1, -2) .. 'r'
redis.call('TIME')
redis.call('EXISTS', key)
redis.call('SET', key, '', 'PX', 1000)
redis.call('GET', key)
redis.call('MGET', key)
redis.call('DEL', key)
return 1
`,
);

// Keeps a loaded entry, under the conditions of a hit.

import { maxEntryLife } from "../../../store/store.ts";
import { prelude } from "./prelude.ts";
import { scriptFrom } from "./script.ts";
import { judge, tags } from "./tags.ts";

/** ARGV: [2] the entry, [3] and [4] clock and nonce of its lease, [5] ttl in milliseconds, [6] the body, then its tags. */
export const fill = scriptFrom(
  "fill",
  prelude,
  tags,
  judge,
  `
local since = tonumber(ARGV[3])
if closed or ARGV[4] ~= nonce or since < floor then return 0 end
local head = { since, nonce }
for i = 7, #ARGV do head[i - 4] = P .. 't:' .. ARGV[i] end
if judge(head, 3, since) ~= 'fresh' then return 0 end
local value = cmsgpack.pack(head) .. '\\n' .. ARGV[6]
redis.call('SET', P .. 'e:' .. ARGV[2], value, 'PX', math.min(tonumber(ARGV[5]), ${maxEntryLife}))
return 1
`,
);

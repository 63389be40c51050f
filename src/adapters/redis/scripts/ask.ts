// What a call asks on its way in: all its limits, and the cached entry.

import { life, names } from "./prelude.ts";
import { scriptFrom } from "./script.ts";
import { judge, tags } from "./tags.ts";

/** How an answer without a body begins. */
export const lookupCode = { miss: 0, fenced: 1, closed: 2 };

/**
 * ARGV[2] the entry or '', then for each limit its key, interval and capacity (burst × interval). Answers for each limit
 * how long its bucket needed until it was full, before this call; then, if an entry was asked for and all limits admit:
 * its body; or 0 (miss) or 1 (fenced), clock and nonce; or 2 (closed).
 */
export const ask = scriptFrom(
  "ask",
  names,
  `
local keys = { KEYS[1] }
for i = 3, #ARGV, 3 do keys[#keys + 1] = P .. 'l:' .. ARGV[i] end
if ARGV[2] ~= '' then keys[#keys + 1] = P .. 'e:' .. ARGV[2] end
local got = redis.call('MGET', unpack(keys))
local state = got[1]
`,
  life,
  tags,
  judge,
  `
local reply, admitted = {}, true
local limits = (#ARGV - 2) / 3
for n = 1, limits do
  local interval, capacity = tonumber(ARGV[3 * n + 1]), tonumber(ARGV[3 * n + 2])
  -- A bucket counts as emptied when this life of the store began: what is kept of it may be older than what it admitted.
  reply[n] = math.max(tonumber(got[n + 1] or 0), born + capacity) - now
  if reply[n] < 0 then reply[n] = 0 end
  if reply[n] + interval > capacity then admitted = false end
end
if not admitted then return reply end
for n = 1, limits do
  local left = reply[n] + tonumber(ARGV[3 * n + 1])
  redis.call('SET', keys[n + 1], now + left, 'PX', math.ceil(left / 1000))
end
-- Whether a session is still valid is asked here, before the entry.
if ARGV[2] == '' then return reply end
if closed then
  reply[#reply + 1] = ${lookupCode.closed}
  return reply
end
local value, verdict = got[#got], 'miss'
if value then
  local offset, head = cmsgpack.unpack_one(value, 0)
  if head[2] == nonce and head[1] >= floor then
    verdict = judge(head, 3, head[1])
    if verdict == 'fresh' then
      reply[#reply + 1] = string.sub(value, offset + 2)
      return reply
    end
  end
end
reply[#reply + 1] = verdict == 'fenced' and ${lookupCode.fenced} or ${lookupCode.miss}
reply[#reply + 1] = clock
reply[#reply + 1] = nonce
return reply
`,
);

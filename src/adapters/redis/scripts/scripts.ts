// The scripts: each is one method of the store port, and one atomic step.

import { hash } from "node:crypto";
import { fenceLife, maxEntryLife } from "../../../store/store.ts";
import { forgettableAfter, prelude, tagFunctions } from "./prelude.ts";

/** A script, and the name by which the server knows it once it was loaded. */
export interface Script {
  readonly text: string;
  readonly sha: string;
}

function script(...parts: readonly string[]): Script {
  const text = parts.join("");
  return { text, sha: hash("sha1", text) };
}

/**
 * ARGV[3] the entry or '', then for each limit its key, interval and burst. Answers for each limit: admitted, remaining,
 * retryAfter, resetAfter; then, if an entry was asked for and all limits admit: 1 and the body; 0 (miss) or 2 (fenced)
 * and clock and nonce; or 3 (closed).
 */
export const ask = script(
  prelude,
  tagFunctions,
  `
local reply, admitted, fulls = {}, true, {}
for i = 4, #ARGV, 3 do
  local interval, burst = tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  local full = redis.call('GET', P .. 'l:' .. ARGV[i])
  -- A bucket without state counts as emptied when this life of the store began.
  full = math.max(full and tonumber(full) or born + burst * interval, now)
  fulls[#fulls + 1] = full
  if full + interval > now + burst * interval then admitted = false end
end
for n, full in ipairs(fulls) do
  local i = 1 + 3 * n
  local interval, burst = tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  local wait = math.max(0, full + interval - now - burst * interval)
  if admitted then
    full = full + interval
    redis.call('SET', P .. 'l:' .. ARGV[i], text(full), 'PX', text(math.ceil((full - now) / 1000)))
  end
  reply[#reply + 1] = wait == 0 and 1 or 0
  reply[#reply + 1] = math.max(0, math.floor((now + burst * interval - full) / interval))
  reply[#reply + 1] = wait
  reply[#reply + 1] = full - now
end
-- Whether a session is still valid is asked here, before the entry.
if not admitted or ARGV[3] == '' then return reply end
local verdict = 'miss'
if closed then
  reply[#reply + 1] = 3
  return reply
end
local value = redis.call('GET', P .. 'e:' .. ARGV[3])
if value then
  local line = string.find(value, '\\n', 1, true)
  local words = {}
  for word in string.gmatch(string.sub(value, 1, line - 1), '%S+') do words[#words + 1] = word end
  local since = tonumber(words[1])
  if words[2] == nonce and since >= floor then
    verdict = judged({ unpack(words, 3) }, since)
    if verdict == 'fresh' then
      reply[#reply + 1] = 1
      reply[#reply + 1] = string.sub(value, line + 1)
      return reply
    end
  end
end
reply[#reply + 1] = verdict == 'fenced' and 2 or 0
reply[#reply + 1] = clock
reply[#reply + 1] = nonce
return reply
`,
);

/** ARGV: [3] the entry, [4] and [5] clock and nonce of its lease, [6] ttl in milliseconds, [7] the body, then its tags. */
export const fill = script(
  prelude,
  tagFunctions,
  `
local since = tonumber(ARGV[4])
if closed or ARGV[5] ~= nonce or since < floor then return 0 end
local names = { unpack(ARGV, 8) }
if judged(names, since) ~= 'fresh' then return 0 end
local head = ARGV[4] .. ' ' .. nonce .. ' ' .. table.concat(names, ' ')
redis.call('SET', P .. 'e:' .. ARGV[3], head .. '\\n' .. ARGV[7], 'PX', math.min(tonumber(ARGV[6]), ${maxEntryLife}))
return 1
`,
);

/** ARGV: [3] the token, then the tags. */
export const fence = script(
  prelude,
  tagFunctions,
  `
for i = 4, #ARGV do
  local tag = read(redis.call('GET', P .. 't:' .. ARGV[i]))
  tag.invalidated, tag.at = bumped(), now
  tag.fences[ARGV[3]] = text(now + ${fenceLife * 1000})
  write(ARGV[i], tag)
end
return 1
`,
);

/** ARGV: [3] the token, then the tags. */
export const unfence = script(
  prelude,
  tagFunctions,
  `
for i = 4, #ARGV do
  local tag = read(redis.call('GET', P .. 't:' .. ARGV[i]))
  tag.invalidated, tag.at = bumped(), now
  tag.fences[ARGV[3]] = nil
  write(ARGV[i], tag)
end
return 1
`,
);

/** ARGV: the tags from [3]. Answers how many were forgotten. */
export const forget = script(
  prelude,
  tagFunctions,
  `
local forgotten = 0
for i = 3, #ARGV do
  local value = redis.call('GET', P .. 't:' .. ARGV[i])
  local tag = read(value)
  if tag.expired then write(ARGV[i], tag) end
  if value and not next(tag.fences) and tag.at <= now - ${forgettableAfter * 1000} then
    if tag.invalidated > floor then
      floor = tag.invalidated
      redis.call('HSET', KEYS[1], 'floor', floor)
    end
    redis.call('DEL', P .. 't:' .. ARGV[i])
    forgotten = forgotten + 1
  end
end
return forgotten
`,
);

/** Begins the first life of all open, with full buckets: nothing can have been lost. Else it changes nothing. */
export const beginFirst = script(`
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'run', ARGV[1], 'nonce', ARGV[2], 'clock', 1, 'floor', 1, 'opens', 0, 'born', 0)
return 1
`);

export const seal = script(prelude, `redis.call('HSET', KEYS[1], 'sealed', 1) return 1`);

/** A new nonce; the fences that stand are those of writers that may still commit. */
export const renew = script(
  prelude,
  `
redis.call('HDEL', KEYS[1], 'sealed')
redis.call('HSET', KEYS[1], 'nonce', ARGV[2], 'clock', clock + 1, 'floor', clock + 1)
return 1
`,
);

// What every script begins with: the store's state, and the rules of its lives.
//
// KEYS[1]  the state, a hash; its name without the last letter is the prefix of all other keys
// ARGV[1]  the run id of the server that this connection is to
// ARGV[2]  a text that no other call has: the nonce of a life that begins here
//
// <prefix>t:<tag>    "<invalidated> <time of the last bump>", then " <token>=<expiry>" for each fence; never expires
// <prefix>e:<entry>  "<clock> <nonce> <tags…>\n<body>"
// <prefix>l:<limit>  when the bucket is full again
//
// Times are the server's, in microseconds. Numbers above 10^14 must be written by `text`: Lua's own form rounds them.

import { fenceLife, maxEntryLife } from "../../../store/store.ts";

/** Milliseconds for the clocks of servers that follow one another. */
const margin = 1_000;

/** Reads the state; begins a new life where there is none, or another server's; opens one whose lost fences are over. */
export const prelude = `
local P = string.sub(KEYS[1], 1, -2)
local function text(n) return string.format('%.0f', n) end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local state = redis.call('HMGET', KEYS[1], 'run', 'nonce', 'clock', 'floor', 'opens', 'born', 'sealed')
local nonce, clock, floor = state[2], tonumber(state[3] or 0), tonumber(state[4] or 0)
local opens, born = tonumber(state[5] or 0), tonumber(state[6] or 0)
if state[1] ~= ARGV[1] or not nonce then
  nonce, clock, born = ARGV[2], clock + 1, now
  floor, opens = clock, now + ${(fenceLife + margin) * 1000}
  redis.call('HSET', KEYS[1], 'run', ARGV[1], 'nonce', nonce, 'clock', clock, 'floor', floor,
    'opens', text(opens), 'born', text(born))
elseif opens > 0 and now >= opens then
  clock = clock + 1
  floor, opens = clock, 0
  redis.call('HSET', KEYS[1], 'clock', clock, 'floor', floor, 'opens', 0)
end
local closed = opens > 0 or state[7]
`;

/** Tags as they are kept. A fence that is over bumps its tag before anything else is made of it. */
export const tagFunctions = `
local function bumped()
  clock = redis.call('HINCRBY', KEYS[1], 'clock', 1)
  return clock
end
local function read(value)
  local tag = { invalidated = 0, at = 0, fences = {} }
  if not value then return tag end
  local words = {}
  for word in string.gmatch(value, '%S+') do words[#words + 1] = word end
  tag.invalidated, tag.at = tonumber(words[1]), tonumber(words[2])
  for i = 3, #words do
    local token, expiry = string.match(words[i], '^(.*)=(%d+)$')
    if tonumber(expiry) > now then tag.fences[token] = expiry
    else tag.invalidated, tag.at, tag.expired = bumped(), now, true end
  end
  return tag
end
local function write(name, tag)
  local words = { text(tag.invalidated), text(tag.at) }
  for token, expiry in pairs(tag.fences) do words[#words + 1] = token .. '=' .. expiry end
  redis.call('SET', P .. 't:' .. name, table.concat(words, ' '))
end
-- 'fresh', 'fenced' or 'stale': what the tags say of an answer whose load began at a clock
local function judged(names, since)
  if #names == 0 then return 'fresh' end
  local keys = {}
  for i, name in ipairs(names) do keys[i] = P .. 't:' .. name end
  local verdict = 'fresh'
  for i, value in ipairs(redis.call('MGET', unpack(keys))) do
    if value then
      if string.find(value, '=', 1, true) then
        local tag = read(value)
        if tag.expired then write(names[i], tag) end
        if tag.invalidated > since then verdict = 'stale'
        elseif next(tag.fences) and verdict == 'fresh' then verdict = 'fenced' end
      elseif tonumber(string.sub(value, 1, string.find(value, ' ', 1, true) - 1)) > since then verdict = 'stale' end
    end
  end
  return verdict
end
`;

/** Milliseconds after its last bump from which a tag may be forgotten: no answer that was kept before it is left. */
export const forgettableAfter = maxEntryLife + margin;

// What scripts begin with: the store's state, and the rules of its lives.
//
// KEYS[1]  the state; its name without the last letter is the prefix of all other keys
// ARGV[1]  the run id of the server that this connection is to (40 letters), then a text that no other call has: the
//          nonce of a life that begins here
//
// <prefix>s          "<run id> <nonce> <clock> <floor> <opens> <born> <sealed>"
// <prefix>t:<tag>    "<invalidated>.<second of the last bump>", then " <token>=<expiry>" for each fence; never expires
// <prefix>e:<entry>  MessagePack of [clock, nonce, key of a tag…], a line feed, the body
// <prefix>l:<limit>  when the bucket is full again
//
// Times are the server's, in microseconds. As a part of a text they must be written by `text`: Lua rounds them.

import { fenceLife, maxEntryLife } from "../../../store/store.ts";

/** Milliseconds for what the server's clock may do while one follows another. */
const margin = 1_000;

/** Milliseconds after its last bump from which a tag may be forgotten: no answer that was kept before it is left. */
export const forgettableAfter = maxEntryLife + margin;

/** The names of keys. */
export const names = `
local P = string.sub(KEYS[1], 1, -2)
local function text(n) return string.format('%.0f', n) end
`;

/**
 * Takes `state` as it was read, and makes of it what it is now: begins a new life where there is none, or another
 * server's; opens one in which all fences that may have been lost are over.
 */
export const life = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local run, nonce, clock, floor, opens, born, sealed
if state then
  run, nonce, clock, floor, opens, born, sealed = string.match(state, '^(%S+) (%S+) (%d+) (%d+) (%d+) (%d+) (%d)$')
  clock, floor, opens, born = tonumber(clock), tonumber(floor), tonumber(opens), tonumber(born)
end
local function save()
  local words = { run, nonce, text(clock), text(floor), text(opens), text(born), sealed }
  redis.call('SET', KEYS[1], table.concat(words, ' '))
end
if run ~= string.sub(ARGV[1], 1, 40) then
  run, nonce = string.sub(ARGV[1], 1, 40), string.sub(ARGV[1], 41)
  -- Above the clock of a life whose state alone was lost: its tags would keep everything out until it was reached.
  clock = math.max((clock or 0) + 1, math.floor(now / 1000))
  floor, opens, born, sealed = clock, now + ${(fenceLife + margin) * 1000}, now, sealed or '0'
  save()
elseif opens > 0 and now >= opens then
  clock = clock + 1
  floor, opens = clock, 0
  save()
end
local closed = opens > 0 or sealed == '1'
`;

/** All of it, for a script that reads nothing together with the state. */
export const prelude = `${names}
local state = redis.call('GET', KEYS[1])
${life}`;

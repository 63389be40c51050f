// Tags as scripts read, judge and write them. To follow the prelude.

/**
 * A fence that is over bumps its tag before anything else is made of it. All bumps of one script have one stamp: nothing
 * can come between them. The clock is kept before the tags that bear it.
 */
export const tags = `
local stamp
local function bump(tag)
  if not stamp then
    clock = clock + 1
    stamp = clock
    save()
  end
  tag.invalidated, tag.at = stamp, math.floor(now / 1000000)
end
local function read(value)
  local tag = { invalidated = 0, at = 0, fences = {}, expired = false }
  if not value then return tag end
  local invalidated, at = string.match(value, '^(%d+)%.(%d+)')
  tag.invalidated, tag.at = tonumber(invalidated), tonumber(at)
  for token, expiry in string.gmatch(value, ' (%S+)=(%d+)') do
    if tonumber(expiry) > now then tag.fences[token] = expiry else tag.expired = true end
  end
  if tag.expired then bump(tag) end
  return tag
end
local function write(key, tag)
  local words = { text(tag.invalidated) .. '.' .. text(tag.at) }
  for token, expiry in pairs(tag.fences) do words[#words + 1] = token .. '=' .. expiry end
  redis.call('SET', key, table.concat(words, ' '))
end
`;

/** What the tags whose keys stand in a list, from `first` on, say of an answer whose load began at the clock `since`. */
export const judge = `
local function judge(keys, first, since)
  if #keys < first then return 'fresh' end
  local verdict = 'fresh'
  local values = redis.call('MGET', unpack(keys, first))
  for i = 1, #values do
    local value = values[i]
    if value then
      -- A tag without fences reads as a number, which is below its stamp and one.
      local invalidated = tonumber(value)
      if not invalidated then
        local tag = read(value)
        if tag.expired then write(keys[first + i - 1], tag) end
        if next(tag.fences) then verdict = 'fenced' end
        invalidated = tag.invalidated
      end
      if invalidated >= since + 1 and verdict == 'fresh' then verdict = 'stale' end
    end
  end
  return verdict
end
`;

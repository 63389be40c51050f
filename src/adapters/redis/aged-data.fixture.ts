// Lets time pass for what a store keeps on a server: makes all of it older, as the prelude of the scripts describes it.

import type { Client } from "./driver.ts";

/** KEYS[1] the state. ARGV[1] by how many milliseconds. */
const script = `
local millis = tonumber(ARGV[1])
local micros = millis * 1000
local function text(n) return string.format('%.0f', n) end
local function older(micro) return text(math.max(0, tonumber(micro) - micros)) end
local P = string.sub(KEYS[1], 1, -2)
for _, key in ipairs(redis.call('KEYS', P .. '*')) do
  local kind = string.sub(key, #P + 1, #P + 2)
  local left = redis.call('PTTL', key)
  if kind == 's' then
    local words = {}
    for word in string.gmatch(redis.call('GET', key), '%S+') do words[#words + 1] = word end
    for _, i in ipairs({ 5, 6 }) do if words[i] ~= '0' then words[i] = older(words[i]) end end
    redis.call('SET', key, table.concat(words, ' '))
  elseif kind == 't:' then
    local value = redis.call('GET', key)
    value = string.gsub(value, '^(%d+)%.(%d+)', function(at, second)
      return at .. '.' .. text(math.max(0, tonumber(second) - millis / 1000))
    end)
    redis.call('SET', key, (string.gsub(value, '=(%d+)', function(micro) return '=' .. older(micro) end)))
  elseif left <= millis then
    redis.call('DEL', key)
  else
    if kind == 'l:' then redis.call('SET', key, older(redis.call('GET', key))) end
    redis.call('PEXPIRE', key, left - millis)
  end
end
return 1
`;

/** After it the store under the prefix is as it will be when this time has passed and nobody has used it meanwhile. */
export async function passTime(client: Client, prefix: string, millis: number): Promise<void> {
  await client.sendCommand(["EVAL", script, "1", `${prefix}s`, String(Math.round(millis))]);
}

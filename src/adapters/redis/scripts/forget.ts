// The janitor's step: forgets tags that nothing kept can depend on, by raising the floor over them.

import { forgettableAfter, prelude } from "./prelude.ts";
import { scriptFrom } from "./script.ts";
import { tags } from "./tags.ts";

/** ARGV: the keys of tags from [2]. Answers how many were forgotten. */
export const forget = scriptFrom(
  "forget",
  prelude,
  tags,
  `
local forgotten = {}
local before = floor
for i = 2, #ARGV do
  local value = redis.call('GET', ARGV[i])
  local tag = read(value)
  if tag.expired then write(ARGV[i], tag) end
  if value and not next(tag.fences) and tag.at <= now / 1000000 - ${forgettableAfter / 1000} then
    floor = math.max(floor, tag.invalidated)
    forgotten[#forgotten + 1] = ARGV[i]
  end
end
-- The floor stands before the first tag is gone.
if floor > before then save() end
for _, key in ipairs(forgotten) do redis.call('DEL', key) end
return #forgotten
`,
);

// Fences of writers that are about to commit. Setting one and taking it away each bump the tag.

import { fenceLife } from "../../../store/store.ts";
import { prelude } from "./prelude.ts";
import { type Script, scriptFrom } from "./script.ts";
import { tags } from "./tags.ts";

/** ARGV: [2] the token, then the tags. `expiry` is what becomes of the token's fence. */
function onEachTag(name: string, expiry: string): Script {
  return scriptFrom(
    name,
    prelude,
    tags,
    `
for i = 3, #ARGV do
  local key = P .. 't:' .. ARGV[i]
  local tag = read(redis.call('GET', key))
  bump(tag)
  tag.fences[ARGV[2]] = ${expiry}
  write(key, tag)
end
return 1
`,
  );
}

/** Sets the token's fence, or lets it last anew. */
export const fence = onEachTag("fence", `text(now + ${fenceLife * 1000})`);

/** Takes it away, if it is still there. */
export const unfence = onEachTag("unfence", "nil");

// messages.search: from the input to a page of messages with their highlights.

import type { Context } from "trivium";
import type { InputOf, OutputOf } from "trivium/contract";
import type { messages } from "../contract.ts";
import { cursorOf, positionOf } from "./cursor.ts";
import { highlightsOf } from "./highlights.ts";
import { matchesOf } from "./matches.ts";
import { parseSearch } from "./query.ts";

type Search = typeof messages.search;
type Input = InputOf<Search> & { readonly limit: number };

/**
 * A page of a search in channels, all of which the user may read. A query without a word to find finds nothing. Throws
 * INVALID_CURSOR.
 */
export async function searchMessages(
  ctx: Pick<Context, "db">,
  { q, limit, cursor, channelId, ...filters }: Input,
  channelIds: readonly string[],
): Promise<OutputOf<Search>> {
  const search = JSON.stringify([q, channelId, filters]);
  const after = cursor === undefined ? undefined : positionOf(search, cursor);
  const query = parseSearch(q);
  if (query.length === 0 || channelIds.length === 0) return { items: [] };
  const matches = await matchesOf(ctx, query, channelIds, filters, { limit: limit + 1, after });
  const page = matches.slice(0, limit);
  const items = page.map(({ rank: _, newest: __, oldest: ___, ...message }) => ({
    message,
    highlights: highlightsOf(message.body, query),
  }));
  const last = page.at(-1);
  if (matches.length <= limit || last === undefined) return { items };
  const { rank, id } = last;
  const { newest, oldest } = after ?? last;
  return { items, nextCursor: cursorOf(search, { newest, oldest, rank, id }) };
}

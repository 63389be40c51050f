// The SQL of the search: which messages match, and how well.

import { type Context, type Sql, sql } from "trivium";
import { z } from "trivium/contract";
import type { Position } from "./cursor.ts";
import type { SearchQuery, Term } from "./query.ts";

/** What is searched, beside the words. */
export interface Filters {
  readonly authorId?: string | undefined;
  /** The first moment that counts, and the first that does not. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** How many of the messages that match are ranked: the newest. */
export const candidates = 1000;

const Match = z.object({
  id: z.string(),
  channelId: z.string(),
  authorId: z.string(),
  body: z.string(),
  version: z.int(),
  createdAt: z.string(),
  updatedAt: z.string(),
  rank: z.number(),
  newest: z.string(),
  oldest: z.string(),
});

/**
 * The best of the newest `candidates` messages that match, best first, of equal ones the newer first: at most `limit`
 * after a position. Every page of a search ranks the same candidates, and the rank of a message depends on it and the
 * query alone: so pages neither repeat nor skip what is not edited meanwhile.
 *
 * However many match, no more are ranked. Where the database begins it chooses by what it knows of the words and of
 * these channels, which is why it is given them as values and not joined to them: a rare word is found by the words'
 * index; common words by going through the messages from the newest, until there are enough; and in channels where
 * little is said, by reading what is said there.
 */
export function matchesOf(
  ctx: Pick<Context, "db">,
  query: SearchQuery,
  channelIds: readonly string[],
  filters: Filters,
  page: { readonly limit: number; readonly after: Position | undefined },
) {
  const words = queryOf(query);
  const { after, limit } = page;
  const rest = after === undefined ? sql`true` : sql`(rank, id) < (${after.rank}::float8, ${after.id}::uuid)`;
  return ctx.db.rows(
    sql`with found as (
        select id, search from messages where ${and([sql`search @@ ${words}`, sql`channel_id = any(${channelIds})`, ...narrowed(filters, after)])} order by id desc limit ${candidates}
      ), ranked as (
        select id, ts_rank(search, ${words}, 1)::float8 as rank from found
      ), best as (
        select id, rank from ranked where ${rest} order by rank desc, id desc limit ${limit}
      )
      select id, channel_id as "channelId", author_id as "authorId", body, version, created_at as "createdAt",
        updated_at as "updatedAt", rank, (select id from found order by id desc limit 1) as newest,
        (select id from found order by id limit 1) as oldest
      from best join messages using (id) order by rank desc, id desc`,
    Match,
  );
}

/** What else a match must be; on a later page one of the candidates of the first. */
function narrowed({ authorId, from, to }: Filters, after: Position | undefined): Sql[] {
  const conditions: Sql[] = [];
  if (authorId !== undefined) conditions.push(sql`author_id = ${authorId}`);
  if (from !== undefined) conditions.push(sql`created_at >= ${from}`);
  if (to !== undefined) conditions.push(sql`created_at < ${to}`);
  if (after !== undefined) conditions.push(sql`id between ${after.oldest} and ${after.newest}`);
  return conditions;
}

function and(conditions: readonly Sql[]): Sql {
  return conditions.reduce((all, each) => sql`${all} and ${each}`);
}

function queryOf(query: SearchQuery): Sql {
  const alternatives = query.map((terms) => terms.map(termOf).reduce((all, each) => sql`${all} && ${each}`));
  return alternatives.map((each) => sql`(${each})`).reduce((all, each) => sql`(${all} || ${each})`);
}

/** The words of a term one after the other, folded as those of the messages are. */
function termOf({ text, excluded }: Term): Sql {
  const words = sql`phraseto_tsquery('simple', message_words(${text}))`;
  return excluded ? sql`!!${words}` : words;
}

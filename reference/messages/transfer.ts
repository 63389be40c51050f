// Many messages at once: into a channel and out of it.

import { hash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type Items, isAppError, type StreamContext, sql } from "trivium";
import type { AppError, OutputOf } from "trivium/contract";
import { whatIsWrong } from "../problem.ts";
import { memberChannel } from "./access.ts";
import { ImportInterrupted, messages } from "./contract.ts";
import { messageTable } from "./tables.ts";

type ImportContext = StreamContext<typeof messages.importMany>;
type Summary = OutputOf<typeof messages.importMany>;

const batchSize = 100;
const reportedProblems = 1000;

/**
 * Posts lines in batches, each committed as a whole. The same lines make the same batches, so that with the caller's
 * idempotency key each is posted once, however often they are sent.
 */
export async function importLines(
  ctx: ImportContext,
  channelId: string,
  lines: Items<{ readonly body: string }>,
): Promise<Summary> {
  const summary = { imported: 0, refused: 0, problems: [] as Summary["problems"] };
  let bodies: string[] = [];
  let batch = 0;
  const flush = async (): Promise<void> => {
    if (bodies.length === 0) return;
    await postPaced(ctx, { channelId, bodies }, batchKey(ctx.request.idempotencyKey, batch++));
    summary.imported += bodies.length;
    bodies = [];
  };
  try {
    for await (const line of lines.settled()) {
      if (line.ok) bodies.push(line.value.body);
      else {
        summary.refused++;
        if (summary.problems.length < reportedProblems)
          summary.problems.push({ line: line.index + 1, reason: line.error.reason, message: whatIsWrong(line.error) });
      }
      if (bodies.length === batchSize) await flush();
    }
    await flush();
  } catch (error) {
    if (!isAppError(error) || error.reason !== "SHUTTING_DOWN") throw error;
    throw ctx.fail(ImportInterrupted, { lines: summary.imported + summary.refused });
  }
  return summary;
}

/** Waits where the limit of posting says so: the sender waits with it. */
async function postPaced(
  ctx: ImportContext,
  batch: { readonly channelId: string; readonly bodies: string[] },
  key: string | undefined,
): Promise<void> {
  for (;;) {
    try {
      await ctx.call(messages.postMany, batch, key === undefined ? {} : { idempotencyKey: key });
      return;
    } catch (error) {
      if (!isAppError(error) || error.reason !== "RATE_LIMITED") throw error;
      await delay((error.retryAfter ?? 1) * 1000, undefined, { signal: ctx.signal });
    }
  }
}

/** A key for each batch, made of the caller's, which may be as long as a key can be. */
function batchKey(key: string | undefined, batch: number): string | undefined {
  if (key === undefined) return undefined;
  return `${hash("sha256", key, "base64url")}:${batch}`;
}

const pageSize = 500;

/** The messages of a channel by age, page by page, up to the newest that is there now. */
export async function* allMessages(
  ctx: StreamContext<typeof messages.exportAll>,
  channelId: string,
  hidden: () => AppError,
) {
  const [newest] = (await messageTable.page(ctx, { where: { channelId }, limit: 1 })).items;
  if (newest === undefined) return;
  let cursor: string | undefined;
  do {
    const page = await messageTable.page(ctx, {
      where: { channelId },
      and: sql`id <= ${newest.id}::uuid`,
      order: "id",
      limit: pageSize,
      cursor,
    });
    yield* page.items;
    cursor = page.nextCursor;
    if (cursor !== undefined) await memberChannel(ctx, channelId, hidden);
  } while (cursor !== undefined);
}

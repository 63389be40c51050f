// What the measured service knows: one user, one channel, one message; and the token of that user.

import { channelTable, memberTable } from "../reference/channels/tables.ts";
import { messageTable } from "../reference/messages/tables.ts";
import { createTokens } from "../src/auth/tokens.ts";
import type { RowSource } from "../src/repository/row-source.ts";
import { sampleMessage } from "./sample.ts";

/** The secret of the measured service's tokens. */
export const benchSecret = "a secret for measuring, which protects nothing at all";

/** Puts the sample message, its channel and its author's membership there. */
export async function seed(rows: RowSource): Promise<void> {
  const { channelId, authorId, createdAt } = sampleMessage;
  const times = { createdAt, updatedAt: createdAt };
  await rows.insert(channelTable, {
    id: channelId,
    name: "bench",
    private: false,
    ownerId: authorId,
    version: 1,
    ...times,
  });
  await rows.insert(memberTable, { channelId, accountId: authorId, createdAt });
  await rows.insert(messageTable, sampleMessage);
}

/** A bearer token of the author. `issuer`: the app's name. */
export async function benchToken(issuer = "chat"): Promise<string> {
  const tokens = createTokens({ secret: benchSecret, issuer, lifetime: 3600 });
  return (await tokens.issue({ id: sampleMessage.authorId })).token;
}

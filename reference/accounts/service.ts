// Accounts: what registering and signing in do.

import { implement, prepared } from "trivium";
import { AccountNotFound, AccountRegistered, accounts, EmailTaken, InvalidCredentials } from "./contract.ts";
import { accountTable } from "./tables.ts";

export const accountsService = implement(accounts, {
  register: prepared(
    ({ password }, ctx) => ctx.auth.hashPassword(password),
    async ({ email, displayName }, ctx, passwordHash) => {
      const values = { email, displayName, roles: [], passwordHash };
      const account = await accountTable.insert(ctx, values, { duplicate: EmailTaken });
      ctx.emit(AccountRegistered, account);
      ctx.metrics.count("accountsRegistered");
      return account;
    },
  ),

  // All of it in `prepare`: no transaction is open while the password is checked.
  signIn: prepared(
    async ({ email, password }, ctx) => {
      const { items } = await accountTable.page(ctx, { where: { email }, limit: 1 });
      const account = items[0];
      const isRight = await ctx.auth.verifyPassword(password, account?.passwordHash);
      if (account === undefined || !isRight) throw ctx.fail(InvalidCredentials);
      return ctx.auth.issueToken(account);
    },
    async (_input, _ctx, { token, expiresIn }) => ({ accessToken: token, tokenType: "Bearer" as const, expiresIn }),
  ),

  me(_input, ctx) {
    const { id } = ctx.user;
    return accountTable.get(ctx, id, AccountNotFound, { accountId: id });
  },

  profile({ accountId }, ctx) {
    return accountTable.get(ctx, accountId, AccountNotFound, { accountId });
  },
});

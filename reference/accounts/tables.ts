// Where accounts are kept.

import { table } from "trivium";
import { sensitive, z } from "trivium/contract";
import { Account } from "./contract.ts";

export const accountTable = table(Account, {
  name: "accounts",
  version: "version",
  columns: { passwordHash: sensitive(z.string()) },
  unique: [["email"]],
});

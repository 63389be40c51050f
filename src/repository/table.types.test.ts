// What the types of a table infer, and what must not compile. Checked by tsc; nothing of it runs.

import { z } from "zod";
import { failure } from "../contract/failure.ts";
import { command } from "../contract/kinds/command.ts";
import { model } from "../contract/model.ts";
import { json, timestamp } from "../contract/schema.ts";
import { sql } from "../database/statement.ts";
import type { ContextOf } from "../service/context.ts";
import type { DataContext } from "./row-source.ts";
import { type RowOf, table } from "./table.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const expectType = <_ extends true>(): void => {};

const Account = model("Account", {
  id: z.uuid(),
  email: z.email(),
  nickname: z.string().optional(),
  phone: z.string().nullable(),
  active: z.boolean().default(true),
  roles: z.array(z.string()),
  version: z.int(),
  createdAt: timestamp(),
  updatedAt: timestamp(),
});
const accounts = table(Account, {
  name: "accounts",
  version: "version",
  partitions: ["email"],
  columns: { passwordHash: z.string(), settings: json().optional() },
  unique: [["email"]],
});
const Member = model("Member", { channelId: z.uuid(), userId: z.uuid(), role: z.enum(["owner", "member"]) });
const members = table(Member, { name: "members", key: ["channelId", "userId"] });
const counters = table(model("Counter", { name: z.string(), count: z.int() }), { name: "counters", key: "name" });

const NotFound = failure("NOT_FOUND_HERE", { code: "NOT_FOUND", message: "none" });
const NotFoundById = failure("NO_SUCH_ID", { code: "NOT_FOUND", message: "none", details: { id: z.uuid() } });
const NotAMember = failure("NOT_A_MEMBER", {
  code: "PERMISSION_DENIED",
  message: "no",
  details: { channelId: z.uuid() },
});
const EmailTaken = failure("EMAIL_TAKEN", { code: "ALREADY_EXISTS", message: "taken", details: { email: z.email() } });
const rename = command({
  summary: "Rename",
  http: "POST /rename",
  access: "user",
  failures: [NotFoundById, EmailTaken],
});

export async function rows(ctx: DataContext): Promise<void> {
  const found = await accounts.find(ctx, "id");
  expectType<Equal<typeof found, RowOf<typeof accounts> | undefined>>();
  expectType<Equal<RowOf<typeof members>, { channelId: string; userId: string; role: "owner" | "member" }>>();
  expectType<Equal<RowOf<typeof accounts>["passwordHash"], string>>();
  expectType<Equal<RowOf<typeof accounts>["nickname"], string | undefined>>();
  expectType<Equal<RowOf<typeof accounts>["phone"], string | null>>();
  expectType<Equal<RowOf<typeof accounts>["active"], boolean>>();
  // @ts-expect-error TS2345: a key is the value of its field
  await accounts.find(ctx, 1);
  // @ts-expect-error TS2345: a key of several fields is an object of all of them
  await members.find(ctx, { channelId: "c" });
  await members.find(ctx, { channelId: "c", userId: "u" });
  // @ts-expect-error TS2345: a context has a data scope
  await accounts.find({}, "id");
}

export async function failures(ctx: DataContext, declared: ContextOf<typeof rename>): Promise<void> {
  await accounts.get(ctx, "id", NotFound);
  await accounts.get(ctx, "id", NotFoundById);
  await members.get(ctx, { channelId: "c", userId: "u" }, NotAMember);
  await accounts.get(ctx, "id", NotAMember, { channelId: "c" });
  // @ts-expect-error TS2554: details that are not in the key must be given
  await accounts.get(ctx, "id", NotAMember);
  // @ts-expect-error TS2345: with their types
  await accounts.get(ctx, "id", NotAMember, { channelId: 1 });
  await accounts.get(declared, "id", NotFoundById);
  // @ts-expect-error TS2345: a failure that the operation does not declare
  await accounts.get(declared, "id", NotFound);
  await accounts.update(declared, "id", {}, { missing: NotFoundById, duplicate: EmailTaken });
  // @ts-expect-error TS2322: likewise
  await accounts.update(declared, "id", {}, { missing: NotFound });
  // @ts-expect-error TS2322: its details are not fields of the row
  await accounts.update(ctx, "id", {}, { duplicate: NotAMember });
  // @ts-expect-error TS2322: its details are not fields of the key
  await accounts.update(ctx, "id", {}, { missing: EmailTaken });
}

export async function inserts(ctx: DataContext): Promise<void> {
  const values = { email: "a@b.c", passwordHash: "x", roles: [] };
  await accounts.insert(ctx, values, { duplicate: EmailTaken });
  await accounts.insert(ctx, { ...values, nickname: undefined, phone: null, settings: { a: 1 }, version: 7, id: "id" });
  // @ts-expect-error TS2345: a required field is missing
  await accounts.insert(ctx, { email: "a@b.c", roles: [] });
  // @ts-expect-error TS2353: there is no such field
  await accounts.insert(ctx, { ...values, password: "x" });
  // @ts-expect-error TS2345: only a uuid is made by the table
  await counters.insert(ctx, { count: 1 });
  // @ts-expect-error TS2322: its details are not fields of the row
  await accounts.insert(ctx, values, { duplicate: NotAMember });
}

export async function updates(ctx: DataContext, input: { version: number; email: string }): Promise<void> {
  await accounts.update(ctx, "id", { nickname: null, phone: undefined, roles: ["a"] }, { version: 1 });
  // @ts-expect-error TS2322: null clears only what may be missing
  await accounts.update(ctx, "id", { passwordHash: null });
  // @ts-expect-error TS2322: a partition never changes
  await accounts.update(ctx, "id", { email: "x@y.z" });
  // @ts-expect-error TS2345: nor key, version, dates; also not in a variable
  await accounts.update(ctx, "id", input);
  // @ts-expect-error TS2322: this table has no versions
  await counters.update(ctx, "visits", { count: 2 }, { version: 1 });
  // @ts-expect-error TS2322: likewise
  await counters.remove(ctx, "visits", { version: 1 });
}

export async function pages(ctx: DataContext): Promise<void> {
  const page = await accounts.page(ctx, { where: { email: "a@b.c", phone: null }, limit: 10, cursor: undefined });
  expectType<Equal<(typeof page)["items"], RowOf<typeof accounts>[]>>();
  await accounts.page(ctx, { order: ["-createdAt", "email"], and: sql`active`, limit: 10 });
  // @ts-expect-error TS2322: a field that may be missing cannot order a list
  await accounts.page(ctx, { order: "nickname", limit: 10 });
  // @ts-expect-error TS2353: a list is no scalar
  await accounts.page(ctx, { where: { roles: ["a"] }, limit: 10 });
  // @ts-expect-error TS2375: an undefined value is no condition
  await accounts.page(ctx, { where: { email: undefined }, limit: 10 });
  // @ts-expect-error TS2322: null only where there may be no value
  await accounts.page(ctx, { where: { email: null }, limit: 10 });
  // @ts-expect-error TS2345: a page has a limit
  await accounts.page(ctx, {});
}

// @ts-expect-error TS2322: the key is a field
table(Member, { name: "members", key: ["channelId", "nobody"] });
// @ts-expect-error TS2322: so is the version
table(Account, { name: "accounts", version: "revision" });
// @ts-expect-error TS2322: and a partition
table(Account, { name: "accounts", partitions: ["tenantId"] });
// @ts-expect-error TS2322: and what is unique
table(Account, { name: "accounts", unique: [["mail"]] });
// @ts-expect-error TS2345: a table without an `id` names its key
table(Member, { name: "members" });

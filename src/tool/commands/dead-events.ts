// `trivium events dead list | show`: events that a consumer could not apply, and those that wait behind them.

import { type Command, Option } from "commander";
import { AppError } from "../../core/app-error.ts";
import { appError } from "../../core/catalogue.ts";
import { SetupError } from "../../core/setup-error.ts";
import type { Database } from "../../database/database.ts";
import { migrationStatus } from "../../database/migrations/migrate.ts";
import { listParked, type ParkedEvent, type ParkedSummary, showParked } from "../../events/dead-letters.ts";
import { addCommand, addGroup, type CommonFlags, type Session, type ToolHost } from "../host.ts";
import { onDatabase } from "../open-database.ts";

const usualLimit = 100;
const mostRows = 10_000;

interface ListFlags extends CommonFlags {
  readonly consumer?: string;
  readonly limit: number;
}

interface ShowFlags extends CommonFlags {
  readonly sequence?: number;
}

/** The key of a stream, as one consumer sees it. */
interface ParkedKey {
  readonly consumer: string;
  readonly stream: string;
  readonly key: string;
}

/** Adds the group. `show` exits with 5 when nothing of the key is parked. */
export function addDeadEvents(program: Command, host: ToolHost): void {
  const events = addGroup(program, "events", "Look after the events of the app");
  const dead = addGroup(events, "dead", "Show the events that a consumer could not apply");
  addCommand(
    dead,
    "list",
    "List parked events by consumer, stream, key and sequence",
    "trivium events dead list --consumer channel-statistics",
  )
    .option("--consumer <name>", "Only of this consumer")
    .addOption(
      new Option("--limit <count>", "At most so many")
        .default(usualLimit)
        .argParser((text) => wholeNumber("limit", text, mostRows)),
    )
    .action((flags: ListFlags) => host.run(flags, (session) => list(session, flags)));
  addCommand(
    dead,
    "show",
    "Show a parked event with all that it carries: the first of its key, which holds up the others",
    "trivium events dead show channel-statistics channel 01932c5e-7a10-7c3f-9d2a-0123456789ab",
  )
    .argument("<consumer>", "as `list` has it")
    .argument("<stream>", "as `list` has it")
    .argument("<key>", "as `list` has it")
    .addOption(
      new Option("--sequence <number>", "This one, instead of the first").argParser((text) =>
        wholeNumber("sequence", text, Number.MAX_SAFE_INTEGER),
      ),
    )
    .action((consumer: string, stream: string, key: string, flags: ShowFlags) =>
      host.run(flags, (session) => show(session, { consumer, stream, key }, flags.sequence)),
    );
}

async function list({ project, printer }: Session, { consumer, limit }: ListFlags): Promise<number> {
  const found = await onEvents({ project, printer }, (database) =>
    listParked(database, { consumer, limit: limit + 1 }),
  );
  const rows = found.slice(0, limit).map((row) => ({ ...row }));
  const columns = [
    "consumer",
    "stream",
    "key",
    "sequence",
    "type",
    "version",
    "reason",
    "error",
    "parkedAt",
    "eventId",
  ];
  await printer.rows({ columns, rows });
  if (rows.length === 0) await printer.say("nothing is parked");
  if (found.length > limit) await printer.say(`there are more than ${limit}: give a higher --limit, or --consumer`);
  return 0;
}

async function show(session: Session, key: ParkedKey, sequence: number | undefined): Promise<number> {
  const { event, waiting } = await onEvents(session, (database) => findParked(database, key, sequence));
  await session.printer.record({ ...event });
  if (waiting > 0) {
    const count = waiting === usualLimit ? `${usualLimit} or more` : waiting;
    await session.printer.say(`later events of the key that wait behind it: ${count}`);
  }
  return 0;
}

/** A parked event and how many of its key follow it, counted up to `usualLimit`. */
async function findParked(
  database: Database,
  key: ParkedKey,
  sequence: number | undefined,
): Promise<{ readonly event: ParkedEvent; readonly waiting: number }> {
  const before = sequence === undefined ? 0 : sequence - 1;
  const after = { ...key, sequence: before };
  const found = await listParked(database, { consumer: key.consumer, after, limit: usualLimit + 1 });
  const [first, ...later] = found.filter((row) => isOf(row, key));
  const isAsked = first !== undefined && (sequence === undefined || first.sequence === sequence);
  const event = isAsked ? await showParked(database, first) : undefined;
  if (event === undefined)
    throw new AppError({
      code: "NOT_FOUND",
      reason: "NOT_PARKED",
      message: `The consumer ${key.consumer} has no such event of ${key.stream} ${key.key} parked`,
    });
  return { event, waiting: later.length };
}

function isOf(row: ParkedSummary, { stream, key }: ParkedKey): boolean {
  return row.stream === stream && row.key === key;
}

/** Runs on a database that has the foundation's schema; throws SetupError where it has not. */
function onEvents<T>({ project, printer }: Session, work: (database: Database) => Promise<T>): Promise<T> {
  return onDatabase(project, printer, async (database) => {
    const status = await migrationStatus(database, undefined);
    if (status.some(({ state }) => state === "pending"))
      throw new SetupError(["run `trivium migrate up`, or start the app"], "The database has not been migrated");
    return work(database);
  });
}

/** Throws AppError VALIDATION_FAILED for anything but a whole number from 1. */
function wholeNumber(flag: string, text: string, most: number): number {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= most) return number;
  const violation = { path: flag, message: `Must be a whole number from 1 to ${most}`, rule: "out_of_range" };
  throw appError("VALIDATION_FAILED", { message: `The flag --${flag} is not right`, violations: [violation] });
}

// An app's lock of contracts: read where the app names it, and turned into the numbers that the server speaks.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type ContractLock, lockFrom } from "../compatibility/lock.ts";
import { pinnedNumbering } from "../compatibility/numbering.ts";
import { SetupError } from "../core/setup-error.ts";
import type { Numbering } from "../transports/grpc/schema/numbering.ts";
import { createGrpcSchema } from "../transports/grpc/schema/schema.ts";
import type { App } from "./app.ts";

/** The lock that an app names; undefined where it names none, or there is no file yet. Throws SetupError for a wrong one. */
export function readLock({ definition }: App): ContractLock | undefined {
  const { lock, name } = definition;
  if (lock === undefined) return undefined;
  try {
    return lockFrom(readFileSync(fileURLToPath(lock), "utf8"), name);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** The numbers that a server of the app speaks. */
export interface ServedNumbers {
  readonly numbering: Numbering;
  /** Members of messages and enums that the lock does not pin yet. */
  readonly unpinned: readonly string[];
}

/**
 * The numbers of an app by its lock: the same that `trivium generate` would give, so that what is not pinned yet can be
 * tried. Without a lock: the order of declaration.
 */
export function servedNumbers(app: App): ServedNumbers {
  const lock = readLock(app);
  // Asked once: what it counts belongs to one making of the schema.
  const trial = pinnedNumbering(lock?.wire);
  createGrpcSchema(app.registry, trial);
  return {
    numbering: pinnedNumbering(lock?.wire),
    unpinned: app.definition.lock === undefined ? [] : trial.unpinned(),
  };
}

/** Throws SetupError where a server of the app would speak numbers that another build could give to something else. */
export function assertPinned(app: App): void {
  const { unpinned } = servedNumbers(app);
  if (unpinned.length === 0) return;
  const [first, ...others] = unpinned;
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  throw new SetupError([
    `contract.lock.json gives no number to ${first}${more}: run \`trivium generate\`, and deploy the file with the app`,
  ]);
}

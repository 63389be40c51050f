// Step 9, idempotency: a command under a key takes effect once, and every call with that key gets its answer (G5).
//
// 1. The unit's first statement takes the key's lock, the second sees whatever earlier holders of it committed. So of
//    two units with one key the second finds the first one's answer, or is told that the first is still running.
// 2. The answer is a row of the unit's own transaction: it is there if and only if the effect is.
// 3. Under `serializable` the snapshot is older than the lock, and an answer may be overlooked. Then the row's primary key
//    is broken at the end and the unit runs again; and a failure counts only after another look, since it may come from
//    an effect of the very answer that was overlooked.

import { appError } from "../../core/catalogue.ts";
import { uuidv7 } from "../../core/ids.ts";
import type { Call } from "../../pipeline/call.ts";
import type { Environment } from "../environment.ts";
import type { StoredAnswer } from "../records/commit-records.ts";
import type { UnitOfWork } from "../unit-of-work/unit-of-work.ts";
import type { CallKey } from "./call-key.ts";

/** Seconds after which a caller may ask again for the answer of a unit that is still running. */
const retryAfter = 1;

/** Runs a unit of work; inside it `around` decides whether the handler runs. */
export type RunUnit = (
  around: (unit: UnitOfWork, handle: () => Promise<unknown>) => Promise<unknown>,
) => Promise<unknown>;

/** How a command is run. */
export interface OnceOptions {
  /** Whether much is done before the unit begins: then a kept answer is looked for first, for one round trip. */
  readonly prepares: boolean;
  readonly isolation: "read committed" | "serializable";
}

/**
 * Answers what the command answered under this key, now or before; a repeated answer is marked on the call, after its
 * tags were invalidated again. Throws AppError IDEMPOTENCY_KEY_REUSED for another input, IDEMPOTENCY_IN_PROGRESS while
 * another call with the key is running, and what `run` throws: then nothing is kept.
 */
export async function runOnce(
  environment: Environment,
  call: Call,
  key: CallKey,
  options: OnceOptions,
  run: RunUnit,
): Promise<unknown> {
  const { database, records } = environment;
  const look = () => records.find({ query: (statement) => database.query(statement, call) }, key);
  const kept = options.prepares ? await look() : undefined;
  if (kept !== undefined) return repeated(environment, call, key, kept);
  const around = async (unit: UnitOfWork, handle: () => Promise<unknown>): Promise<unknown> => {
    const claim = await records.claim(unit, key);
    if (claim.state === "taken") throw appError("IDEMPOTENCY_IN_PROGRESS", { retryAfter });
    if (claim.state === "answered") {
      unit.discard();
      return new Kept(claim.stored);
    }
    const answer = await handle();
    unit.keepAnswer({ ...key, id: uuidv7(), answer });
    return answer;
  };
  const overlooked = async (thrown: unknown): Promise<Kept> => {
    const stored = options.isolation === "serializable" ? await look().catch(() => undefined) : undefined;
    if (stored === undefined) throw thrown;
    return new Kept(stored);
  };
  const answer = await run(around).catch(overlooked);
  return answer instanceof Kept ? repeated(environment, call, key, answer.stored) : answer;
}

/** An answer that was given before, in the place of one that a handler gave. */
class Kept {
  readonly stored: StoredAnswer;

  constructor(stored: StoredAnswer) {
    this.stored = stored;
  }
}

/** A repeated answer is an acknowledgement too: what it says must be seen by every read that follows. */
async function repeated(environment: Environment, call: Call, key: CallKey, stored: StoredAnswer): Promise<unknown> {
  if (stored.fingerprint !== key.fingerprint) throw appError("IDEMPOTENCY_KEY_REUSED");
  if (stored.tags.length > 0) await environment.coherence?.reinvalidate(stored.tags);
  call.replayed = true;
  return call.operation.contract.output === undefined ? undefined : stored.answer;
}

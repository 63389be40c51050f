// An item of a stream as the message that carries it.

import { AppError, isAppError } from "../../core/app-error.ts";
import { toAppError } from "../../core/catalogue.ts";
import type { ClientMethod } from "./grpc-call.ts";

/** What is lost, or becomes something else, in a message. */
const uncarried = new Set(["unknown_field", "wrong_type"]);

/**
 * The bytes of an item. An item that breaks a rule of the contract is sent all the same, for the server may go on after it;
 * one that gRPC cannot carry (a field of another type, or that the contract does not name) throws what the server would
 * say of it: AppError VALIDATION_FAILED with its place.
 */
export function itemMessage({ input, checkItem }: ClientMethod, item: unknown, index: number): Buffer {
  const error = wrongs(checkItem, item);
  if (error === undefined) return input.encode({ item });
  if (error.violations?.some(({ rule }) => uncarried.has(rule)) === true) throw placed(error, index);
  try {
    return input.encode({ item });
  } catch {
    throw placed(error, index);
  }
}

function wrongs(check: ClientMethod["checkItem"], item: unknown): AppError | undefined {
  if (isAppError(item)) throw item;
  try {
    check?.(item);
    return undefined;
  } catch (thrown) {
    return toAppError(thrown);
  }
}

/** As the server names places: `items[3].body`. */
function placed(error: AppError, index: number): AppError {
  const { code, reason, message } = error;
  const at = `items[${index}]`;
  const violations = error.violations?.map((each) => ({ ...each, path: each.path === "" ? at : `${at}.${each.path}` }));
  return new AppError({ code, reason, message, violations });
}

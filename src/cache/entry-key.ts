// The key of a call's cached answer: the operation and its contract, all that a handler can see of the user, the input.

import { hash } from "node:crypto";

/** What a handler can see of who calls. */
interface Seen {
  readonly id: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
}

/** Texts up to this length stand in the key as they are: two inputs never share one. */
const plainLength = 160;

/**
 * Makes the keys of an operation's entries. `contract` changes with the operation's contract, so that a rolling update
 * never reads what another version wrote. `input` is the parsed one.
 */
export function entryKeys(
  operation: string,
  contract: string,
  shared: boolean,
): (user: Seen | undefined, input: unknown) => string {
  const prefix = `${operation}@${hash("sha256", contract, "base64url").slice(0, 12)}:`;
  return (user, input) => {
    const text = JSON.stringify(input);
    const asked = text.length <= plainLength ? text : hash("sha256", text, "base64url");
    return shared || user === undefined ? `${prefix}${asked}` : `${prefix}${seenText(user)}${asked}`;
  };
}

const seenTexts = new WeakMap<Seen, string>();

/** Users are objects that last as long as a credential is remembered. */
function seenText(user: Seen): string {
  const known = seenTexts.get(user);
  if (known !== undefined) return known;
  const text = JSON.stringify([user.id, user.roles, user.scopes]);
  const made = text.length <= plainLength ? text : hash("sha256", text, "base64url");
  seenTexts.set(user, made);
  return made;
}

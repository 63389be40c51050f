// `login` and `logout`: keep an access token for later commands, or forget it.

import { appError } from "../../../core/catalogue.ts";
import { inputText } from "../input-text.ts";
import type { ProgramOptions } from "../options.ts";
import { writeText } from "../output/outlet.ts";
import type { Settings } from "../settings.ts";
import { createSessionStore } from "./session.ts";

const visibleAscii = /^[\x21-\x7e]+$/;

/**
 * Keeps the token of `--token`, else of the standard input: never asks. Throws AppError VALIDATION_FAILED without one.
 * Whether it is valid shows with the next command: the contracts know no sign-in.
 */
export async function login({ url, token }: Settings, options: ProgramOptions): Promise<void> {
  if (token === undefined && options.stdin.isTTY === true) throw noToken("Give --token, or the token by a pipe");
  const given = (token ?? (await inputText("-", options.stdin))).trim();
  if (!visibleAscii.test(given)) throw noToken("Must be visible ASCII characters on one line");
  const path = await createSessionStore(options.registry.app, options.env).keep(url, given);
  await writeText(options.stderr, `signed in; the session is kept in ${path}\n`);
}

/** Forgets the token of the server. */
export async function logout({ url }: Settings, options: ProgramOptions): Promise<void> {
  await createSessionStore(options.registry.app, options.env).keep(url, undefined);
  await writeText(options.stderr, "signed out\n");
}

function noToken(message: string): Error {
  return appError("VALIDATION_FAILED", { violations: [{ path: "token", message, rule: "required" }] });
}

// Who a command acts as: by flag, by environment, or by the session that `login` kept; in this order.

import type { Violation } from "../../../core/app-error.ts";
import { appError } from "../../../core/catalogue.ts";
import type { Credential } from "../../../pipeline/call.ts";
import type { SessionStore } from "./session.ts";

/** What was said about identity. */
export interface GivenIdentity {
  /** `--token` */
  readonly token: string | undefined;
  /** `--as` */
  readonly as: string | undefined;
  /** `--url` */
  readonly url: string | undefined;
}

/** The environment variable that holds a token: `CHAT_TOKEN`. */
export function tokenVariable(app: string): string {
  return `${app.toUpperCase().replaceAll("-", "_")}_TOKEN`;
}

/** The credential, if there is any. Throws AppError VALIDATION_FAILED where two are given, or `--as` for another server. */
export async function credentialFrom(
  { token, as, url }: GivenIdentity,
  environmentToken: string | undefined,
  sessions: SessionStore,
): Promise<Credential | undefined> {
  if (as !== undefined) {
    if (token !== undefined) throw refused("as", "Is a second identity beside --token: give one of them", "repeated");
    if (url !== undefined) throw refused("as", "Acts on the app's own data only: leave --url out", "not_applicable");
    return { kind: "local", userId: as };
  }
  const found = token ?? (environmentToken || (await sessions.token(url)));
  return found === undefined ? undefined : { kind: "bearer", token: found };
}

function refused(path: string, message: string, rule: string): Error {
  const violations: Violation[] = [{ path, message, rule }];
  return appError("VALIDATION_FAILED", { violations });
}

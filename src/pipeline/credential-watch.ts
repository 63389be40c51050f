// A stream may outlive its caller's credential: it is asked again while the stream runs.

import { toAppError } from "../core/catalogue.ts";
import type { Authenticator } from "./ports.ts";
import type { RunningCall } from "./running-call.ts";

/** Milliseconds. Half of the five seconds within which a stream must end after its credential was taken away. */
const interval = 2_500;

/**
 * Cancels a call as soon as its credential no longer holds: with CREDENTIAL_EXPIRED, CREDENTIAL_INVALID, or what else
 * the authenticator says. A check that fails for another reason (UNAVAILABLE) is repeated. Returns how to end it.
 */
export function watchCredential(call: RunningCall, authenticator: Authenticator): () => void {
  const { credential } = call;
  if (credential === undefined) return () => undefined;
  let isAsking = false;
  const timer = setInterval(() => {
    if (isAsking) return;
    isAsking = true;
    Promise.resolve()
      .then(() => authenticator.authenticate(credential))
      .catch((thrown: unknown) => {
        const error = toAppError(thrown);
        if (error.code === "UNAUTHENTICATED" || error.code === "PERMISSION_DENIED") call.cancel(error);
      })
      .finally(() => {
        isAsking = false;
      });
  }, interval).unref();
  return () => clearInterval(timer);
}

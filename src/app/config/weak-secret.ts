// Tells a secret that anyone could guess from one that nobody can.

const obvious =
  /change.?(it|me|this)|default|example|insecure|password|placeholder|replace.?me|secret|your.?(key|token)|12345|abcde|qwert/i;

/** Why a secret must not be used, without any part of it; undefined when nothing speaks against it. */
export function weakSecret(secret: string): string | undefined {
  if (secret.length < 32) return "it is too short, expected at least 32 characters (make one: openssl rand -base64 32)";
  if (new Set(secret).size < 10 || obvious.test(secret))
    return "it can be guessed, expected 32 random characters or more (make one: openssl rand -base64 32)";
  return undefined;
}

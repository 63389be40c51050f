// Ids that a client makes: of its requests, and the keys that let it repeat a command.

/** 32 hexadecimal digits that nobody else has. Not by `randomUUID`, which pages have over HTTPS only. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

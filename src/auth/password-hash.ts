// The text form of a password's hash: the PHC string of argon2id, which names its own parameters.

/** What an argon2id hash costs. */
export interface PasswordParameters {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** A hash with all that is needed to make it again. */
export interface PasswordHash {
  readonly parameters: PasswordParameters;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

const pattern =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/** The PHC string of a hash: base64 without padding. */
export function formatPasswordHash({ parameters, salt, tag }: PasswordHash): string {
  const { memory, passes, parallelism } = parameters;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(tag)}`;
}

/**
 * Reads a PHC string. Undefined for anything else, and for parameters out of bounds: a stored hash must not be able to
 * ask for more than 256 MiB, 16 passes or 16 lanes.
 */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const [, memory, passes, parallelism, salt, tag] = pattern.exec(text) ?? [];
  if (salt === undefined || tag === undefined) return undefined;
  const parameters = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  if (!isBounded(parameters)) return undefined;
  return { parameters, salt: Buffer.from(salt, "base64"), tag: Buffer.from(tag, "base64") };
}

function isBounded({ memory, passes, parallelism }: PasswordParameters): boolean {
  const lanes = parallelism >= 1 && parallelism <= 16;
  return lanes && passes >= 1 && passes <= 16 && memory >= 8 * parallelism && memory <= 262_144;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}

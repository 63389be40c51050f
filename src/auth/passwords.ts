// Passwords: hashed by argon2id outside the event loop, a few at a time, in the same time for unknown accounts.

import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { createLane } from "./lane.ts";
import { formatPasswordHash, type PasswordHash, type PasswordParameters, parsePasswordHash } from "./password-hash.ts";

/** Hashes and verifies passwords. */
export interface Passwords {
  /** The hash in PHC string form: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`. */
  hash(password: string): Promise<string>;
  /**
   * Whether a password belongs to a hash. Without a hash (unknown account), or with one that is no argon2id PHC string,
   * the answer is no and takes the time of a hash with today's parameters.
   */
  verify(password: string, hash: string | undefined): Promise<boolean>;
}

/** What `createPasswords` may be told. */
export interface PasswordsOptions {
  /** OWASP's by default: 19 MiB, 2 passes, 1 lane. Less only in tests. */
  readonly parameters?: PasswordParameters;
  /** Hashes at the same time; 2 by default: each takes its memory and one of Node's four worker threads. */
  readonly concurrency?: number;
  /** Hashes that may wait; 64 by default, about a second's work. */
  readonly queue?: number;
}

const owasp: PasswordParameters = { memory: 19_456, passes: 2, parallelism: 1 };
const saltBytes = 16;
const tagBytes = 32;
const argon2Async = promisify(argon2);

/** Creates the password hasher. Both methods reject with AppError OVERLOADED when too many wait. */
export function createPasswords(options: PasswordsOptions = {}): Passwords {
  const parameters = options.parameters ?? owasp;
  const lane = createLane(options.concurrency ?? 2, options.queue ?? 64);
  const dummy: PasswordHash = { parameters, salt: randomBytes(saltBytes), tag: randomBytes(tagBytes) };

  const tagOf = (password: string, { parameters, salt, tag }: PasswordHash): Promise<Buffer> =>
    lane.run(() =>
      argon2Async("argon2id", {
        message: password,
        nonce: salt,
        parallelism: parameters.parallelism,
        tagLength: tag.length,
        memory: parameters.memory,
        passes: parameters.passes,
      }),
    );
  return {
    async hash(password) {
      const fresh: PasswordHash = { parameters, salt: randomBytes(saltBytes), tag: Buffer.alloc(tagBytes) };
      return formatPasswordHash({ ...fresh, tag: await tagOf(password, fresh) });
    },
    async verify(password, hash) {
      const known = hash === undefined ? undefined : parsePasswordHash(hash);
      const expected = known ?? dummy;
      const equal = timingSafeEqual(await tagOf(password, expected), expected.tag);
      return equal && known !== undefined;
    },
  };
}

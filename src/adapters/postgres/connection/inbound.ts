// What a connection receives: cuts it into messages of PostgreSQL's protocol, and hands each on when all of it is there.

/** Told of a message by its code; its content is the bytes from `start` to `end`. */
export type OnMessage = (code: number, bytes: Buffer, start: number, end: number) => void;

/** Code and length of a message. */
const headLength = 5;

/** See above. */
export class Inbound {
  readonly #onMessage: OnMessage;
  /** The beginning of a message, in the pieces in which it came. */
  #pieces: Buffer[] = [];
  #length = 0;
  /** Bytes of it that are needed to read on. */
  #needed = 0;

  constructor(onMessage: OnMessage) {
    this.#onMessage = onMessage;
  }

  /** Bytes that have arrived. They are not changed, and not kept beyond the messages they hold. */
  take(piece: Buffer): void {
    if (this.#length === 0) {
      this.#read(piece);
      return;
    }
    this.#pieces.push(piece);
    this.#length += piece.length;
    // Put together once per message, however many pieces it comes in.
    if (this.#length < this.#needed) return;
    const bytes = Buffer.concat(this.#pieces, this.#length);
    this.#pieces = [];
    this.#length = 0;
    this.#read(bytes);
  }

  #read(bytes: Buffer): void {
    let at = 0;
    let needed = headLength;
    while (at + headLength <= bytes.length) {
      needed = 1 + bytes.readUInt32BE(at + 1); // the length counts itself, not the code
      if (at + needed > bytes.length) break;
      this.#onMessage(bytes[at] as number, bytes, at + headLength, at + needed);
      at += needed;
      needed = headLength;
    }
    if (at === bytes.length) return;
    this.#pieces = [at === 0 ? bytes : bytes.subarray(at)];
    this.#length = bytes.length - at;
    this.#needed = needed;
  }
}

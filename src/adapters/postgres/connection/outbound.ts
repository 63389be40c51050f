// What a connection sends: messages of PostgreSQL's protocol, put together in one piece of memory and written once per
// turn of the event loop.

import type { Writable } from "node:stream";
import { encodeValue } from "../values/encode.ts";

/** A statement that the server has prepared: the part of its message that is the same each time. */
export type PreparedHead = Buffer;

const queryCode = 0x51;
const parseCode = 0x50;
const bindCode = 0x42;

/** Execute of the unnamed portal without a limit. */
const execute = [0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0];
/** The end of a Bind, all results as text, with what follows it. */
const bindTail = Buffer.from([0, 0, ...execute]);
/** The same, with Describe of the unnamed portal between. */
const describedTail = Buffer.from([0, 0, 0x44, 0, 0, 0, 6, 0x50, 0, ...execute]);
const syncMessage = [0x53, 0, 0, 0, 4];

/** The beginning of a Bind of the unnamed portal: portal, statement, all parameters as text, their number. */
export function preparedHead(name: string, parameters: number): PreparedHead {
  const text = Buffer.from(name);
  const head = Buffer.alloc(text.length + 6);
  text.copy(head, 1);
  head.writeUInt16BE(parameters, head.length - 2);
  return head;
}

/** Collects what is sent in one turn. */
export class Outbound {
  readonly #stream: Writable;
  #bytes = Buffer.allocUnsafeSlow(1_024);
  #length = 0;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** Statements without values, by the simple protocol. */
  query(text: string): void {
    const start = this.#begin(queryCode);
    this.#terminated(text);
    this.#end(start);
  }

  /** Prepares a statement, under a name or none, and runs it, its rows described. Throws as `execute`. */
  prepare(name: string, text: string, values: readonly unknown[]): void {
    const before = this.#length;
    const start = this.#begin(parseCode);
    this.#terminated(name);
    this.#terminated(text);
    this.#reserve(2);
    this.#bytes.writeUInt16BE(0, this.#length); // the server finds the parameters' types
    this.#length += 2;
    this.#end(start);
    try {
      this.execute(preparedHead(name, values.length), values, true);
    } catch (error) {
      this.#length = before;
      throw error;
    }
  }

  /**
   * Runs a prepared statement, its rows described first if asked for. Throws TypeError for a value that cannot be a
   * parameter; nothing of it is sent then.
   */
  execute(head: PreparedHead, values: readonly unknown[], describe: boolean): void {
    const tail = describe ? describedTail : bindTail;
    const start = this.#begin(bindCode);
    try {
      this.#reserve(head.length);
      this.#bytes.set(head, this.#length);
      this.#length += head.length;
      for (const value of values) this.#parameter(encodeValue(value));
    } catch (error) {
      this.#length = start;
      throw error;
    }
    this.#reserve(tail.length);
    this.#bytes.set(tail, this.#length);
    this.#length += 2;
    this.#end(start);
    this.#length += tail.length - 2;
  }

  /** The end of statements that stand and fall together: here the server answers, and says that it is ready. */
  sync(): void {
    this.#reserve(syncMessage.length);
    this.#bytes.set(syncMessage, this.#length);
    this.#length += syncMessage.length;
  }

  /** Hands what was collected to the stream. */
  flush(): void {
    if (this.#length === 0) return;
    // The stream may keep it until the network takes it, and this memory is written to again before.
    const packet = Buffer.allocUnsafe(this.#length);
    this.#bytes.copy(packet, 0, 0, this.#length);
    this.#length = 0;
    if (this.#stream.writable) this.#stream.write(packet);
  }

  #parameter(text: string | null): void {
    this.#reserve(4);
    const at = this.#length;
    this.#length += 4;
    const length = text === null ? -1 : this.#text(text);
    this.#bytes.writeInt32BE(length, at); // only now: the memory may have been moved
  }

  #terminated(text: string): void {
    this.#text(text);
    this.#reserve(1);
    this.#bytes[this.#length++] = 0;
  }

  /** Answers its length in bytes. */
  #text(text: string): number {
    this.#reserve(text.length * 3);
    const written = this.#bytes.write(text, this.#length);
    this.#length += written;
    return written;
  }

  #begin(code: number): number {
    const start = this.#length;
    this.#reserve(5);
    this.#bytes[start] = code;
    this.#length += 5;
    return start;
  }

  /** A message's length counts itself, not its code. */
  #end(start: number): void {
    this.#bytes.writeInt32BE(this.#length - start - 1, start + 1);
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + size));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

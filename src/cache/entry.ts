// What is kept for a call: the JSON that it answered, as the bytes that leave on HTTP, or the failure that it declared.

/** A call's answer as it is kept. */
export type Entry = AnswerEntry | FailureEntry;

/** An answer: JSON in UTF-8, with the version that an entity tag is made of. */
export interface AnswerEntry {
  readonly json: Uint8Array;
  readonly version: number | undefined;
}

/** A declared failure, such as "not found". */
export interface FailureEntry {
  readonly failure: string;
  readonly details: Readonly<Record<string, unknown>>;
}

const newline = 10;
const decoder = new TextDecoder();

/** One line that says what follows, then the JSON. */
export function bytesFromEntry(entry: Entry): Uint8Array {
  if ("failure" in entry) return Buffer.from(`${JSON.stringify(entry)}\n`);
  const head = Buffer.from(entry.version === undefined ? "\n" : `${entry.version}\n`);
  return Buffer.concat([head, entry.json]);
}

/** The opposite. */
export function entryFromBytes(bytes: Uint8Array): Entry {
  const end = bytes.indexOf(newline);
  const head = end === 0 ? "" : decoder.decode(bytes.subarray(0, end));
  if (head.startsWith("{")) return JSON.parse(head) as FailureEntry; // written by bytesFromEntry
  return { version: head === "" ? undefined : Number(head), json: bytes.subarray(end + 1) };
}

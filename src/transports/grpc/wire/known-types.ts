// google.protobuf.Timestamp and Duration to and from their plain texts. Both are seconds (int64 = 1) and nanos (int32 = 2).

import { type BinaryReader, type BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { z } from "zod";
import { readInt64, writeInt64 } from "./int64.ts";
import { endOf, finished } from "./reading.ts";

interface Parts {
  seconds: number;
  nanos: number;
}

const secondsTag = 1 << 3;
const nanosTag = 2 << 3;
const nanosPerSecond = 1_000_000_000;
const nanosPerMilli = 1_000_000;

/**
 * RFC 3339 in UTC with milliseconds; finer digits are cut off, as they are on every road. What is outside of the type's
 * range becomes a text that is no timestamp, so that the contract's schema refuses it with its path.
 */
export function readTimestamp(reader: BinaryReader, _depth: number, previous?: unknown): string {
  const { seconds, nanos } = readParts(reader, typeof previous === "string" ? timestampParts(previous) : undefined);
  const millis = seconds * 1000 + Math.floor(nanos / nanosPerMilli);
  if (nanos < 0 || nanos >= nanosPerSecond || Math.abs(millis) > 8.64e15) return `Timestamp(${seconds}, ${nanos})`;
  return new Date(millis).toISOString();
}

/** Writes a timestamp with its length. Throws when the text is none. */
export function writeTimestamp(writer: BinaryWriter, text: unknown): void {
  const parts = timestampParts(String(text));
  if (parts === undefined) throw new Error(`not a timestamp: ${String(text)}`);
  writeParts(writer, parts);
}

/** As `timestamp()` of a contract has it: Date.parse alone would also take days and make 2 March of 30 February. */
const rfc3339 = z.core.regexes.datetime({ offset: true });

function timestampParts(text: string): Parts | undefined {
  if (!rfc3339.test(text)) return undefined;
  const millis = Date.parse(text);
  const seconds = Math.floor(millis / 1000);
  return { seconds, nanos: (millis - seconds * 1000) * nanosPerMilli };
}

/** Seconds with as many decimals as needed: `1.5s`. Outside of the type's range a text that is no duration. */
export function readDuration(reader: BinaryReader, _depth: number, previous?: unknown): string {
  const { seconds, nanos } = readParts(reader, typeof previous === "string" ? durationParts(previous) : undefined);
  if (Math.abs(nanos) >= nanosPerSecond || (seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0))
    return `Duration(${seconds}, ${nanos})`;
  const sign = seconds < 0 || nanos < 0 ? "-" : "";
  const decimals = String(Math.abs(nanos)).padStart(9, "0").replace(/0+$/, "");
  return `${sign}${Math.abs(seconds)}${decimals === "" ? "" : `.${decimals}`}s`;
}

/** Writes a duration with its length. Throws when the text is none. */
export function writeDuration(writer: BinaryWriter, text: unknown): void {
  const parts = durationParts(String(text));
  if (parts === undefined) throw new Error(`not a duration: ${String(text)}`);
  writeParts(writer, parts);
}

function durationParts(text: string): Parts | undefined {
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(text);
  if (match === null) return undefined;
  const sign = match[1] === "-" ? -1 : 1;
  return { seconds: sign * Number(match[2]) + 0, nanos: sign * Number((match[3] ?? "").padEnd(9, "0")) + 0 };
}

function readParts(reader: BinaryReader, previous: Parts | undefined): Parts {
  const end = endOf(reader);
  const parts = previous ?? { seconds: 0, nanos: 0 };
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    if (number === 1 && wireType === WireType.Varint) parts.seconds = readInt64(reader);
    else if (number === 2 && wireType === WireType.Varint) parts.nanos = reader.int32();
    else reader.skip(wireType, number);
  }
  finished(reader, end);
  return parts;
}

function writeParts(writer: BinaryWriter, { seconds, nanos }: Parts): void {
  writer.fork();
  if (seconds !== 0) writeInt64(writer.uint32(secondsTag), seconds);
  if (nanos !== 0) writer.uint32(nanosTag).int32(nanos);
  writer.join();
}

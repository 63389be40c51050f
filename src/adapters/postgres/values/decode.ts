// What PostgreSQL's text form of each type becomes: always a JSON value. One table for the server and the embedded
// database, so that the same row looks the same on both.

import type { Statement } from "../../../database/statement.ts";
import { arrayFromText } from "./array-text.ts";

/** Makes a JSON value from a column's text. Throws RangeError where JSON cannot carry the value. */
export type Decoder = (text: string) => unknown;

/** Makes a session print the forms that the decoders read. */
export const sessionForms: Statement = {
  text: "set timezone = 'UTC'; set datestyle = 'ISO'; set intervalstyle = 'iso_8601'",
  values: [],
};

const asIs: Decoder = (text) => text;

const scalars: readonly (readonly [oid: number, arrayOid: number, decoder: Decoder])[] = [
  [16, 1000, (text) => text === "t"], // bool
  [17, 1001, base64FromBytea], // bytea
  [20, 1016, safeInteger], // int8
  [21, 1005, Number], // int2
  [23, 1007, Number], // int4
  [26, 1028, Number], // oid
  [700, 1021, finiteNumber], // float4
  [701, 1022, finiteNumber], // float8
  [114, 199, parseJson], // json
  [3802, 3807, parseJson], // jsonb
  [1082, 1182, calendarDate], // date
  [1114, 1115, localTimestamp], // timestamp
  [1184, 1185, utcTimestamp], // timestamptz
  // Text as it is. numeric too: a string keeps every digit; cast to int8 or float8 in SQL where a number is wanted.
  [1700, 1231, asIs], // numeric
  [18, 1002, asIs], // char
  [19, 1003, asIs], // name
  [25, 1009, asIs], // text
  [1042, 1014, asIs], // bpchar
  [1043, 1015, asIs], // varchar
  [2950, 2951, asIs], // uuid
  [1083, 1183, asIs], // time
  [1266, 1270, asIs], // timetz
  [1186, 1187, asIs], // interval
];

const decoders = new Map<number, Decoder>(
  scalars.flatMap(([oid, arrayOid, decoder]) => [
    [oid, decoder],
    [arrayOid, (text: string) => arrayFromText(text, decoder)],
  ]),
);

/** The decoder of a type, by its OID. A type that is not in the table (an enum, say) stays text. */
export function decoderOf(oid: number): Decoder {
  return decoders.get(oid) ?? asIs;
}

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError("an int8 beyond the safe integers of JSON");
  return value;
}

function finiteNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value)) throw new RangeError(`a float that JSON does not have: ${text}`);
  return value;
}

/** `2026-11-22 18:40:00.123456+00`, as a session in UTC with ISO dates prints it. Beyond milliseconds it is cut off. */
function utcTimestamp(text: string): string {
  // By far the most: with all three digits of the milliseconds.
  if (text.length === 26 && text.charCodeAt(10) === 0x20 && text.endsWith("+00"))
    return `${text.slice(0, 10)}T${text.slice(11, 23)}Z`;
  if (!text.endsWith("+00")) throw new RangeError(`a timestamp that RFC 3339 does not have: ${text}`);
  return `${localTimestamp(text.slice(0, -3))}Z`;
}

function localTimestamp(text: string): string {
  if (text.charCodeAt(10) !== 0x20 || text.endsWith("BC")) {
    throw new RangeError(`a timestamp that RFC 3339 does not have: ${text}`);
  }
  const millis = text.length > 19 ? text.slice(20, 23).padEnd(3, "0") : "000";
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${millis}`;
}

function calendarDate(text: string): string {
  if (text.length !== 10) throw new RangeError(`a date that RFC 3339 does not have: ${text}`);
  return text;
}

function base64FromBytea(text: string): string {
  return Buffer.from(text.slice(2), "hex").toString("base64");
}

function parseJson(text: string): unknown {
  return JSON.parse(text);
}

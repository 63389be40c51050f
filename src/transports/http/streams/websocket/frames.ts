// The frames of a WebSocket: JSON text, an object whose one member says what it is (docs/decisions/0012).

import type { RawData } from "ws";
import { appError } from "../../../../core/catalogue.ts";

/** The last frame of one side. */
export const endFrame = '{"end":true}';

/** What a client's frame is: an item, what is wrong in the place of one, or that no more come. */
export type ClientFrame = { readonly item: unknown } | "end";

/** The frame of an answer. */
export function itemFrame(answer: unknown): string {
  return `{"item":${JSON.stringify(answer)}}`;
}

/** The last frame of a stream that failed. `problem`: the problem object as JSON. */
export function errorFrame(problem: string): string {
  return `{"error":${problem}}`;
}

/** Reads a client's frame. What is none is an item that is an AppError. */
export function frameFrom(data: RawData, isBinary: boolean): ClientFrame {
  if (isBinary) return binary;
  let value: unknown;
  try {
    value = JSON.parse(String(data));
  } catch {
    return unreadable;
  }
  if (typeof value === "object" && value !== null && Object.keys(value).length === 1) {
    if (Object.hasOwn(value, "item")) return value as ClientFrame; // it was just seen to have one
    if ("end" in value && value.end === true) return "end";
  }
  return neither;
}

// Made once: they may come in great numbers, and each is many times larger than its frame.
const binary = broken("A frame is binary: frames are text");
const unreadable = broken("A frame is not valid JSON");
const neither = broken('A frame is neither {"item":…} nor {"end":true}');

function broken(message: string): ClientFrame {
  return { item: appError("MALFORMED_BODY", { message }) };
}

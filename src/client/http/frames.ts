// The frames of a stream over HTTP: what each line of NDJSON and each message of a WebSocket is.

import { type AppError, isAppError } from "../../core/app-error.ts";
import { appError } from "../../core/catalogue.ts";
import { errorFromProblem } from "../../core/problem.ts";

/** A frame, read. `none`: one that only keeps the connection awake, or that a later version of the server sends. */
export type Frame =
  | { readonly kind: "item"; readonly item: unknown }
  | { readonly kind: "error"; readonly error: AppError }
  | { readonly kind: "end" | "none" };

const none: Frame = { kind: "none" };

/** Reads a frame. What is no frame at all is an error of its own: it ends the stream. */
export function frameFrom(text: string): Frame {
  if (text.trim() === "") return none;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const message = "The server sent what is no frame of a stream";
    return { kind: "error", error: appError("MALFORMED_MESSAGE", { message, cause }) };
  }
  if (typeof value !== "object" || value === null) return none;
  if ("item" in value) return { kind: "item", item: value.item };
  if ("error" in value) return { kind: "error", error: errorFromProblem(statusOf(value.error), value.error) };
  return "end" in value ? { kind: "end" } : none;
}

/**
 * The JSON of a value that is sent; throws AppError MALFORMED_BODY for what has none. Where an item could not be read, its
 * sender has an AppError in its place: it goes out as what is no JSON, so that the server counts a wrong item too.
 */
export function jsonOf(value: unknown): string {
  if (isAppError(value)) return "?";
  try {
    return JSON.stringify(value) ?? "null";
  } catch (cause) {
    throw appError("MALFORMED_BODY", { message: "The input is nested too deeply, or is not JSON", cause });
  }
}

/** The frame after the last item. */
export const endFrame = '{"end":true}';

/** The error of a stream that broke off without its end mark: nobody knows what would have come. */
export function cutOff(cause?: unknown): AppError {
  return appError("UNREACHABLE", { message: "The connection to the server was lost", cause });
}

function statusOf(problem: unknown): number {
  const isProblem = typeof problem === "object" && problem !== null && "status" in problem;
  return isProblem && typeof problem.status === "number" ? problem.status : 500;
}

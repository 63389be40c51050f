// What `--input` names: JSON as it stands, a file by @, or the standard input by a hyphen.

import { isUtf8 } from "node:buffer";
import { open } from "node:fs/promises";
import { appError } from "../../core/catalogue.ts";
import type { InputStream } from "./options.ts";

/** Bytes of one input; the same on every road. */
export const inputLimit = 1024 * 1024;

/** The text. Throws AppError BODY_TOO_LARGE, or MALFORMED_BODY where it cannot be read or is not UTF-8. */
export async function inputText(source: string, stdin: InputStream): Promise<string> {
  if (source === "-") return textFromBytes(await bytesOf(stdin));
  if (source.startsWith("@")) return textFromBytes(await bytesOfFile(source.slice(1)));
  if (Buffer.byteLength(source) > inputLimit) throw appError("BODY_TOO_LARGE");
  return source;
}

async function bytesOfFile(path: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      return await bytesOf(file.createReadStream({ autoClose: false }));
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error) || !("syscall" in error)) throw error;
    throw appError("MALFORMED_BODY", { message: `The input file cannot be read (${error.code})` });
  }
}

/** Reads on no further than one byte too many. */
async function bytesOf(chunks: AsyncIterable<string | Uint8Array>): Promise<Buffer> {
  const read: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : Buffer.from(chunk);
    size += bytes.length;
    if (size > inputLimit) throw appError("BODY_TOO_LARGE");
    read.push(bytes);
  }
  return Buffer.concat(read);
}

function textFromBytes(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw appError("MALFORMED_BODY", { message: "The input is not valid UTF-8" });
  return bytes.toString("utf8");
}

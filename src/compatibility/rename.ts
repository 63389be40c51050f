// A field that goes on under another name: what was typed, as data.

import { SetupError } from "../core/setup-error.ts";

/** A field that is the same one as before under another name. */
export interface Rename {
  /** The message's full name. */
  readonly message: string;
  readonly from: string;
  readonly to: string;
}

/** Reads `chat.messages.v1.Message.body=text`, with the names of the .proto file. Throws SetupError for another form. */
export function renameFrom(text: string): Rename {
  const [, message, from, to] = /^([A-Za-z0-9_.]+)\.([A-Za-z0-9_]+)=([A-Za-z0-9_]+)$/.exec(text) ?? [];
  if (message === undefined || from === undefined || to === undefined)
    throw new SetupError([`${text}: write a rename as chat.messages.v1.Message.body=text`], "Nothing was generated");
  return { message, from, to };
}

// What a page of the server itself is.

/** A page: what it is and how a browser is to treat it. */
export interface Page {
  readonly type: string;
  readonly body: string | Buffer;
  /** The Content-Security-Policy; that of an answer without a page by default. */
  readonly policy?: string;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text that is safe inside HTML text and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

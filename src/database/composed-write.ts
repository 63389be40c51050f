// Several INSERTs as one statement, so that what belongs together costs one message and one plan.

/** One INSERT, with the named queries that it reads from. Placeholders count from $1. */
export interface WritePart {
  /** A name for the INSERT itself; letters and underscores. Its own queries and those of other parts have others. */
  readonly name: string;
  /** `pending as (…), counted as (…)`; empty: none. */
  readonly queries: string;
  readonly insert: string;
  /** How many placeholders it has. */
  readonly placeholders: number;
}

/** The text of a statement that makes every part's INSERT. Its values are those of the parts, one after the other. */
export function composedWrite(parts: readonly WritePart[]): string {
  let offset = 0;
  const queries: string[] = [];
  let last = "";
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    if (part.queries !== "") queries.push(moved(part.queries, offset));
    const insert = moved(part.insert, offset);
    if (isLast) last = insert;
    else queries.push(`${part.name} as (${insert})`);
    offset += part.placeholders;
  }
  return queries.length === 0 ? last : `with ${queries.join(", ")}\n${last}`;
}

function moved(text: string, offset: number): string {
  return text.replaceAll(/\$(\d+)/g, (_, position: string) => `$${Number(position) + offset}`);
}

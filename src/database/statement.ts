// A statement: SQL text with its values apart, so that no value is ever part of the text.

/** SQL with `$1`-style placeholders. */
export interface Statement {
  /** Several statements in one text run where there are no values; the last one's answer counts. */
  readonly text: string;
  /**
   * Strings, numbers, booleans, null. An array becomes an SQL array, any other object JSON, so a JSON array goes in as
   * text (`JSON.stringify`); a Uint8Array becomes bytea, base64 text by SQL's `decode`.
   */
  readonly values: readonly unknown[];
  /** Given: prepared once per connection under this name and reused. Names the text, one to one. */
  readonly name?: string;
}

/**
 * A row as the adapters give it: int8 as number (out of the safe range: an error), numeric as text with all its digits
 * (cast it in SQL where a number is wanted), timestamptz as RFC 3339 in UTC with milliseconds (what is finer is cut off,
 * so declare columns `timestamptz(3)`), json parsed, bytea as base64, date as `YYYY-MM-DD`, arrays as arrays, any other
 * type as PostgreSQL's text. What JSON cannot carry (NaN, infinity) is an error.
 */
export type Row = Readonly<Record<string, unknown>>;

/** What a statement answered. */
export interface QueryResult<R extends Row = Row> {
  readonly rows: readonly R[];
  /** Rows read or changed. */
  readonly rowCount: number;
}

const isFragment: unique symbol = Symbol("trivium.sql");

/** A piece of SQL made by `sql`; also a statement that can be run. */
export interface Sql extends Statement {
  readonly [isFragment]: true;
}

/**
 * A statement from a template: values become placeholders, nested `sql` pieces become part of the text.
 *
 * @example await ctx.db.rows(sql`select name from channels where id = ${id}`, z.object({ name: z.string() }));
 */
export function sql(strings: TemplateStringsArray, ...parts: readonly unknown[]): Sql {
  const values: unknown[] = [];
  let text = strings[0] ?? "";
  parts.forEach((part, index) => {
    if (isSql(part)) {
      text += part.text.replace(/\$(\d+)/g, (_, position: string) => `$${values.length + Number(position)}`);
      values.push(...part.values);
    } else {
      values.push(part);
      text += `$${values.length}`;
    }
    text += strings[index + 1] ?? "";
  });
  return { text, values, [isFragment]: true };
}

/** A quoted identifier, for the rare name that is not known when the code is written. */
export function identifier(name: string): Sql {
  return { text: `"${name.replaceAll('"', '""')}"`, values: [], [isFragment]: true };
}

function isSql(value: unknown): value is Sql {
  return typeof value === "object" && value !== null && isFragment in value;
}

// `table`: where a model is kept, and the typed way to its rows. What a handler calls; the rows themselves come from
// the RowSource of its context.

import type { Model } from "../contract/model.ts";
import type { Shape } from "../contract/schema.ts";
import type { DataContext, TableMapping } from "./row-source.ts";
import { checkedMapping } from "./table-mapping.ts";
import { createTableOperations } from "./table-operations.ts";
import type {
  ChangesOf,
  DetailsBeyond,
  DetailsWithin,
  FailureOf,
  FieldOf,
  FindOptions,
  Flat,
  GivenField,
  InsertOf,
  InsertOptions,
  KeyField,
  KeyOf,
  Page,
  PageRequest,
  RowOfShapes,
  Traits,
  UpdateOptions,
  VersionOption,
} from "./table-types.ts";

/**
 * Typed access to the rows of one table. Rows are plain JSON values, and the caller's to keep. Every method works
 * through its context: inside a unit of work it sees the unit's own writes and takes part in its transaction.
 * Writes throw at once outside a unit of work. Any use of a table with `problems` throws a SetupError that lists them.
 */
export interface Table<R extends object, T extends Traits> extends TableMapping {
  /** What must be changed before an app can start with this table. */
  readonly problems: readonly string[];

  /**
   * The row, or undefined. With a lock, in a unit of work only, it is read after whoever changes it has ended, and stays
   * as the lock says until the unit ends.
   *
   * @example const channel = await channelTable.find(ctx, channelId, { lock: "share" });
   */
  find(ctx: DataContext, key: KeyOf<R, T>, options?: FindOptions): Promise<R | undefined>;

  /**
   * The row, or the failure thrown. Details that are fields of the key are taken from it; a failure with other details
   * takes them as the last argument.
   *
   * @example const message = await messageTable.get(ctx, id, MessageNotFound);
   */
  get<Ctx extends DataContext, F extends FailureOf<Ctx>>(
    ctx: Ctx,
    key: KeyOf<R, T>,
    failure: F,
    ...details: DetailsBeyond<F, KeyField<T["key"]>>
  ): Promise<R>;

  /**
   * Adds a row and answers it as it is kept. Left out, `id` becomes a UUIDv7, `createdAt` and `updatedAt` the clock's
   * time, the version 1, and a field with a default that. Throws the failure `duplicate`, else ALREADY_EXISTS, where a
   * unique constraint is broken; either way the unit of work can then only be rolled back (or `ctx.try` is left).
   */
  insert<Ctx extends DataContext, F extends FailureOf<Ctx> = never>(
    ctx: Ctx,
    values: InsertOf<R, T>,
    options?: InsertOptions<F & DetailsWithin<F, keyof R>>,
  ): Promise<R>;

  /**
   * Changes a row and answers it as it is then: `updatedAt` is the clock's time, the version one more. With `version`
   * exactly one of several writes against one version succeeds, the others throw VERSION_CONFLICT. Throws the failure
   * `missing`, else ROW_NOT_FOUND; `duplicate` as in `insert`.
   */
  update<Ctx extends DataContext, M extends FailureOf<Ctx> = never, D extends FailureOf<Ctx> = never>(
    ctx: Ctx,
    key: KeyOf<R, T>,
    changes: ChangesOf<R, T>,
    options?: UpdateOptions<T["versioned"], M & DetailsWithin<M, KeyField<T["key"]>>, D & DetailsWithin<D, keyof R>>,
  ): Promise<R>;

  /**
   * Removes a row and answers it as it was last, undefined if there was none. Throws VERSION_CONFLICT when it has
   * another version than asked for.
   */
  remove(ctx: DataContext, key: KeyOf<R, T>, options?: VersionOption<T["versioned"]>): Promise<R | undefined>;

  /**
   * One page of a list. Guarantee: pages read one after the other hold every row that is there all the time and whose
   * order fields do not change, exactly once and in order, whatever is inserted or removed meanwhile.
   * Throws INVALID_CURSOR for a cursor that is not one of this table, order and `where`.
   */
  page(ctx: DataContext, request: PageRequest<R>): Promise<Page<R>>;

  /**
   * The tag of the rows with these values, for `ctx.depends`: one row by its key, a declared partition, or all of them.
   *
   * @example ctx.depends(memberTable.tag({ accountId: ctx.user.id }));
   */
  tag(where?: Partial<R>): string;

  /** The tags that a write of this row touches, for `ctx.touch` beside SQL of one's own. */
  touched(row: R): string[];
}

/** The type of a table's rows. */
export type RowOf<T> = T extends Table<infer R, infer _> ? R : never;

/** Where and how a model is kept. */
export interface TableOptions<
  S extends Shape,
  C extends Shape,
  K extends FieldOf<S, C> | readonly FieldOf<S, C>[],
  V extends FieldOf<S, C>,
  P extends FieldOf<S, C>,
> {
  /** The SQL name: snake_case, perhaps with a schema. */
  readonly name: string;
  /** The primary key: `"id"` by default, several fields as a list. */
  readonly key?: K;
  /** The z.int() field that counts versions, from 1. */
  readonly version?: V;
  /** Fields by which lists are read and that never change. */
  readonly partitions?: readonly P[];
  /** Fields that only the table has, such as a password's hash: read and written like the model's. */
  readonly columns?: C;
  /**
   * Sets of fields that no two rows share, beside the key: for sources that have no constraints of their own. In SQL
   * the migration says it, and there a constraint that is missing here holds as well.
   */
  readonly unique?: readonly (readonly FieldOf<S, NoInfer<C>>[])[];
  /**
   * SQL names of the tables whose rows a write of this one may change: by a foreign key that cascades or by a trigger.
   * What is cached of them is then invalidated as well.
   */
  readonly affects?: readonly string[];
}

/** A table without a field `id` has to name its key. */
type KeyNeeded<F extends string> = "id" extends F ? unknown : { readonly key: unknown };

type TraitsOf<S extends Shape, C extends Shape, K extends string | readonly string[], V extends string, P> = Flat<{
  readonly key: K;
  readonly given: GivenField<S, C, V>;
  readonly fixed: KeyField<K> | V | (P & string) | Extract<"createdAt" | "updatedAt", FieldOf<S, C>>;
  readonly versioned: [V] extends [never] ? false : true;
}>;

/**
 * Declares where a model is kept. Columns are the fields' names in snake_case, of these types: strings text (or uuid,
 * date, an enum type), z.int() bigint or integer, z.number() double precision, z.boolean() boolean, timestamp()
 * **timestamptz(3)**, bytes() bytea, everything else jsonb. A field that may be missing is NULL then; it is read as null
 * where its schema takes null, as absent where it is only optional. Every field is written by the repository: a column
 * that the database computes is no field.
 *
 * @example export const messageTable = table(Message, { name: "messages", partitions: ["channelId"], version: "version" });
 */
export function table<
  S extends Shape,
  // biome-ignore lint/complexity/noBannedTypes: `{}` is the shape without fields
  C extends Shape = {},
  const K extends FieldOf<S, C> | readonly FieldOf<S, C>[] = Extract<"id", FieldOf<S, C>>,
  V extends FieldOf<S, C> = never,
  P extends FieldOf<S, C> = never,
>(
  model: Model<S>,
  options: TableOptions<S, C, K, V, P> & KeyNeeded<FieldOf<S, C>>,
): Table<RowOfShapes<S, C>, TraitsOf<S, C, K, V, P>> {
  const { mapping, problems } = checkedMapping(model, options);
  const made: unknown = Object.assign(mapping, { problems }, createTableOperations(mapping, problems));
  // Its methods are written over untyped rows; the types above are worked out from the same schemas.
  return made as Table<RowOfShapes<S, C>, TraitsOf<S, C, K, V, P>>;
}

/** What is wrong with the tables of an app, for its start to list. */
export function tableProblems(
  tables: readonly { readonly name: string; readonly problems: readonly string[] }[],
): string[] {
  const names = tables.map((each) => each.name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return [
    ...tables.flatMap((each) => each.problems),
    ...new Set(twice.map((name) => `table "${name}" is declared twice: declare it once and import it`)),
  ];
}

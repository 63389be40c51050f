// What a table's methods take and give, worked out from the model's schema and the table's options.

import type { z } from "zod";
import type { DetailsOf, Failure } from "../contract/failure.ts";
import type { Shape } from "../contract/schema.ts";
import type { Sql } from "../database/statement.ts";
import type { DataContext, RowLock } from "./row-source.ts";

/** An intersection as one object type, so that editors and errors show its fields. */
export type Flat<T> = { [K in keyof T]: T[K] } & {};

/** The names of two shapes' fields. */
export type FieldOf<S extends Shape, C extends Shape> = (keyof S | keyof C) & string;

/** A row: the model's fields and the table's own. */
export type RowOfShapes<S extends Shape, C extends Shape> = Flat<z.output<z.ZodObject<S & C>>>;

/** What the types know of a table beside its row. */
export interface Traits {
  readonly key: string | readonly string[];
  /** Fields that an insert may leave out because the table or the schema gives them. */
  readonly given: string;
  /** Fields that no update may name. */
  readonly fixed: string;
  readonly versioned: boolean;
}

/** The fields of a key. */
export type KeyField<K extends string | readonly string[]> = K extends readonly string[] ? K[number] : K & string;

/** A key: the value of a single field, an object of several. */
export type KeyOf<R, T extends Traits> = T["key"] extends readonly string[]
  ? Pick<R, T["key"][number] & keyof R>
  : R[T["key"] & keyof R];

type Missing = null | undefined;
type MayMiss<R> = { [K in keyof R]-?: [Extract<R[K], Missing>] extends [never] ? never : K }[keyof R];
type Missable<T> = [Extract<T, Missing>] extends [never] ? T : T | Missing;

/** The fields with a default in their schema. */
export type DefaultField<S extends Shape> = {
  [K in keyof S]-?: undefined extends z.input<S[K]> ? (undefined extends z.output<S[K]> ? never : K) : never;
}[keyof S] &
  string;

/** The fields that the table fills at an insert. */
export type GivenField<S extends Shape, C extends Shape, V extends string> =
  | V
  | (("createdAt" | "updatedAt") & FieldOf<S, C>)
  | (S extends { readonly id: z.ZodUUID } ? "id" : never)
  | DefaultField<S>
  | DefaultField<C>;

/** The values of a new row: fields that may be missing or that the table gives may be left out. */
export type InsertOf<R, T extends Traits> = Flat<
  { readonly [K in Exclude<keyof R, MayMiss<R> | T["given"]>]: R[K] } & {
    readonly [K in Extract<keyof R, MayMiss<R> | T["given"]>]?: Missable<R[K]> | undefined;
  }
>;

/** Changes to a row: absent or undefined leaves a field as it is, null clears one that may be missing. */
export type ChangesOf<R, T extends Traits> = Flat<
  { readonly [K in Exclude<keyof R, T["fixed"]>]?: Missable<R[K]> | undefined } & {
    readonly [K in T["fixed"]]?: never;
  }
>;

/** The names of fields that hold a scalar. */
export type ScalarField<R> = {
  [K in keyof R]-?: NonNullable<R[K]> extends string | number | boolean ? K : never;
}[keyof R] &
  string;

/** Fields that every row has, with a scalar: what an order can be made of. */
export type OrderField<R> = Exclude<ScalarField<R>, MayMiss<R>>;

/** An order: fields, a leading `-` for descending. */
export type OrderOf<R> = OrderField<R> | `-${OrderField<R>}`;

/** The values that fields must equal; null: the field has no value. */
export type WhereOf<R> = {
  readonly [K in ScalarField<R>]?: Exclude<R[K], Missing> | (K extends MayMiss<R> ? null : never);
};

/** Which rows a page holds. */
export interface PageRequest<R> {
  readonly where?: WhereOf<R>;
  /** A further condition over the table's columns. Fixed text; what differs between calls belongs in its values. */
  readonly and?: Sql;
  /** Key descending by default: the newest first, where the key is a UUIDv7. The key's fields are appended. */
  readonly order?: OrderOf<R> | readonly OrderOf<R>[];
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}

/** One page of a list. */
export interface Page<R> {
  readonly items: R[];
  /** Present if and only if there were more rows when the page was read. */
  readonly nextCursor?: string;
}

/**
 * The failures that a context's operation declares. A context that does not say takes any; the roads then answer an
 * undeclared one as a defect of the service.
 */
export type FailureOf<Ctx extends DataContext> = Ctx extends {
  fail(failure: infer F extends Failure, ...details: never): unknown;
}
  ? F
  : Failure;

/** The names of a failure's details. */
type DetailOf<F extends Failure> = keyof F["details"]["shape"];

/** Details are an argument only where the failure has some that are no fields of `Known`. */
export type DetailsBeyond<F extends Failure, Known> =
  DetailOf<F> extends Known ? [details?: DetailsOf<F>] : [details: DetailsOf<F>];

/** Nothing more is asked of a failure whose details, if any, are fields of `Known`; no other failure fits. */
export type DetailsWithin<F extends Failure, Known> =
  DetailOf<F> extends Known ? unknown : { readonly itsDetailsMustBeFieldsOf: Known };

/** What a find may ask for. */
export interface FindOptions {
  readonly lock?: RowLock | undefined;
}

/** What an insert may ask for. */
export interface InsertOptions<Duplicate> {
  /** The failure for a broken unique constraint, in the place of ALREADY_EXISTS. Its details are taken from the values. */
  readonly duplicate?: Duplicate;
}

/** What an update may ask for. */
export interface UpdateOptions<Versioned extends boolean, Missing, Duplicate> extends VersionOption<Versioned> {
  /** The failure for a row that is not there, in the place of ROW_NOT_FOUND. Its details are taken from the key. */
  readonly missing?: Missing;
  /** The failure for a broken unique constraint, in the place of ALREADY_EXISTS. Its details are taken from the changes and the key. */
  readonly duplicate?: Duplicate;
}

/** Which version a write is meant for. */
export interface VersionOption<Versioned extends boolean> {
  /** Write only if this is the row's version; another one is VERSION_CONFLICT. Undefined: whatever it is. */
  readonly version?: (Versioned extends true ? number : never) | undefined;
}

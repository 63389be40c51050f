// One difference between two schemas, before any judgement of whom it breaks.

/** What can differ. */
export type Kind =
  | "fieldRemoved"
  | "fieldAdded"
  | "requiredFieldAdded"
  | "fieldRequired"
  | "fieldOptional"
  | "nullAllowed"
  | "nullRefused"
  | "typeNarrowed"
  | "typeWidened"
  | "typeChanged"
  | "valueRemoved"
  | "valueAdded"
  | "memberRemoved"
  | "memberAdded"
  | "tightened"
  | "loosened"
  | "changed"
  | "closed"
  | "opened"
  | "defaultChanged";

/** One difference. */
export interface Difference {
  /** From the root: `.items[].body`. */
  readonly path: string;
  readonly kind: Kind;
  /** What it is about: a value, a constraint with its old and new measure. */
  readonly what: string;
}

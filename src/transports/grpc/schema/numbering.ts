// Which number a member of a message or an enum gets. A seam: a lock file of numbers is another Numbering.

/**
 * Numbers the members of one message (fields, oneof members) or enum (values but the zero), named by its full name.
 * Guarantee asked for: one number per name, in the names' order, positive, none twice, none of 19000 to 19999.
 */
export type Numbering = (fullName: string, members: readonly string[]) => readonly number[];

/** 1, 2, 3, … in the order of declaration. */
export const declarationOrder: Numbering = (_, members) => members.map((_, index) => index + 1);

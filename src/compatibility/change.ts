// A change that breaks somebody: what the rules find, and what a developer accepts by name.

/** Where a change breaks: what all roads share, one road's own form, or the events. */
export type Side = "contract" | "http" | "grpc" | "events";

/** A breaking change. */
export interface Change {
  /** Says where and what, and is accepted by it: `messages.post input.body: removed`. The same change, the same name. */
  readonly name: string;
  readonly side: Side;
  /** Who breaks, and how. */
  readonly breaks: string;
}

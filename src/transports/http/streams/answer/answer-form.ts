// How the answers of a server stream are written: as events or as lines (docs/decisions/0012).

/** One way to write them. Each text is a whole record. */
export interface AnswerForm {
  /** What a stream begins with; empty: nothing. */
  readonly start: () => string;
  /** Keeps the connection awake. */
  readonly heartbeat: string;
  readonly end: string;
  item(answer: unknown): string;
  /** `problem`: the problem object as JSON. */
  error(problem: string): string;
}

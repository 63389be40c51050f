// What the driver throws, as text.

/** The most telling text of an error; of several, those of its parts. */
export function errorText(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(errorText).join("; ");
  return error instanceof Error ? error.message || error.name : String(error);
}

// Leaving an iteration that nobody reads on.

/** Calls an iterator's `return`. What goes wrong there, at once or later, has nobody left to go to. */
export async function leave(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // See above.
  }
}

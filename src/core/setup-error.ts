// Mistakes of set-up: found at start, all listed at once, each with what to do.

/**
 * Thrown when an app cannot start as it is written or configured. The message lists every problem found.
 * Guarantee: thrown before anything listens, writes or connects on the app's behalf.
 */
export class SetupError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[], subject = "The app cannot start") {
    const list = problems.map((problem) => `  - ${problem}`).join("\n");
    super(`${subject}: ${problems.length === 1 ? "1 problem" : `${problems.length} problems`}\n${list}`);
    this.name = "SetupError";
    this.problems = problems;
  }
}

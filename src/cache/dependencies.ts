// What a loaded answer was made from: the tags that the repository recorded and those that the handler named.

/** Collects tags while an answer is loaded. */
export class Dependencies {
  readonly #tags = new Set<string>();
  #unnamed = false;
  #named = false;

  /** A read of the repository. */
  depends(tag: string): void {
    this.#tags.add(tag);
  }

  /** A read by SQL of the author's own: nobody but him knows what it depends on. */
  readUnnamed(): void {
    this.#unnamed = true;
  }

  /** What the author says of such reads; no tags: nothing beyond what was recorded. */
  name(tags: readonly string[]): void {
    this.#named = true;
    for (const tag of tags) this.#tags.add(tag);
  }

  get tags(): readonly string[] {
    return [...this.#tags];
  }

  /** Whether the answer may be kept: all that it was made from is known. */
  get isComplete(): boolean {
    return this.#named || !this.#unnamed;
  }
}

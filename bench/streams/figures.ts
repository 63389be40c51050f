// Samples and what is told of them.

/** The value that a share of the samples does not exceed; 0.5 is the median. */
export function percentile(samples: readonly number[], share: number): number {
  const ascending = samples.toSorted((a, b) => a - b);
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0;
}

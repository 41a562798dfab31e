/** Something that is promised, and what was found. */
export interface Claim {
  /** Reads on from "A guard under hostile requests …". */
  readonly text: string;
  readonly holds: boolean;
  /** The numbers. */
  readonly found: string;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(2)} MB`;
}

/** `400: 12, 401: 7`, the most frequent first. */
export function listCounts(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name}: ${count}`)
    .join(', ');
}

/** One thing that was told of a call, and by whom. */
export interface TracedLine {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly from: 'record' | 'log' | 'envoy' | 'span';
  /** For a person: bounded, without control characters. */
  readonly text: string;
}

/** What a shipper tells of the place that it brings the record to. */
export interface ShipNews {
  /** Its name in the configuration. */
  readonly sink: string;
  /** Records that were brought there since it last told. */
  readonly shipped: number;
  /** Attempts that failed since. */
  readonly failures: number;
  /** Records that are not in the log any more and were passed over since. */
  readonly missing: number;
  /** Records that the place refused for good since. */
  readonly refused: number;
  /** Signed records that are not there yet. */
  readonly behind: number;
  /** Why the last attempt failed; absent when it did not. */
  readonly failing?: string;
}

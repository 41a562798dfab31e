/** A record on its way to another place. */
export interface ShippedRecord {
  /** Its number in the log. */
  readonly sequence: number;
  /** Its RFC 8785 text, byte for byte what a leaf of the tree was made of. */
  readonly text: string;
}

/** A place that the record is brought to. `stores/shipping/` fills it. */
export interface RecordSink extends AsyncDisposable {
  /**
   * Resolves when all of them are kept there, but for so many that the place refused for good. After a failure the same ones
   * come again: what keeps them tells doubles by `source` and `id`.
   *
   * @throws when it cannot be told that they are.
   */
  deliver(records: readonly ShippedRecord[]): Promise<number>;
}

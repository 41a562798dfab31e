/** One measurement: how much there was after so many requests. */
export interface Sample {
  readonly requests: number;
  readonly bytes: number;
}

/**
 * How much `requests` requests add, bytes: the slope of Theil and Sen, which is the median of the slopes between all pairs.
 *
 * A single step (a thread that started late, a buffer that was needed once) or a noisy checkpoint does not move it; what every
 * request leaves behind does.
 */
export function growthOver(requests: number, samples: readonly Sample[]): number {
  const slopes = samples.flatMap((one, index) =>
    samples.slice(index + 1).map((other) => (other.bytes - one.bytes) / (other.requests - one.requests)),
  );
  return median(slopes) * requests;
}

/** The middle value; `NaN` of nothing. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

import type { CallTrace } from './call-trace.ts';

/** A time of the monotonic clock by the wall clock, milliseconds since the epoch. */
export function wallOf({ startedAtMs, startedMs }: Pick<CallTrace, 'startedAtMs' | 'startedMs'>, ms: number): number {
  return startedAtMs + (ms - startedMs);
}

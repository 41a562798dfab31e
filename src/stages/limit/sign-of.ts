import type { Outcome } from '../../decision/record.ts';
import type { UpstreamSign } from './adaptive-factor.ts';

/** RFC 6585 §4 and RFC 9110 §15.6.4: too many, and too much. */
const ASKS_FOR_LESS: ReadonlySet<number | undefined> = new Set([429, 503]);

/**
 * What the outcome of a call says of how much its server can take. `undefined`: nothing; the call never reached it, or nobody
 * knows what became of it.
 */
export function signOf(
  { kind, httpStatus, reason, durationMs }: Outcome,
  slowCallMs: number,
): UpstreamSign | undefined {
  if (ASKS_FOR_LESS.has(httpStatus)) return 'pushed-back';
  const isSlow = durationMs > slowCallMs;
  switch (kind) {
    case 'answered':
    case 'replaced':
      return isSlow ? 'slow' : 'well';
    case 'upstream-failed':
      return isSlow || reason === 'upstream.timeout' ? 'slow' : 'well';
    case 'cancelled':
      // Whoever left early may have done so because it was slow; else it says nothing.
      return isSlow ? 'slow' : undefined;
    case 'undelivered':
    case 'unknown':
      return undefined;
  }
}

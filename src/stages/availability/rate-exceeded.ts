import type { BreakerSettings } from '../../catalogue/breaker-settings.ts';
import type { Tally } from './call-window.ts';

/** Which rate is at or above its threshold, in words; `undefined` when none is. */
export function rateExceeded(
  { calls, failed, slow }: Tally,
  { failureRate, slowRate }: Pick<BreakerSettings, 'failureRate' | 'slowRate'>,
): string | undefined {
  if (calls === 0) return undefined;
  // Multiplied, not divided: a third of three calls is exact.
  if (failed * 100 >= failureRate * calls) return `${failed} of ${calls} calls failed`;
  if (slow * 100 >= slowRate * calls) return `${slow} of ${calls} calls were slow`;
  return undefined;
}

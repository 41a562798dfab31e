import type { Place } from './place.ts';

/** What a busy CPU can make of an answer, and what nobody waits for. Milliseconds. */
const SHORTEST = 500;
const LONGEST = 75_000;

/** Whether a time to answer is missing, so that 200 ms hold, or too short or too long to be useful. */
export function isHasty(timeout: Place): boolean {
  const ms = timeout.milliseconds;
  return ms === undefined || ms < SHORTEST || ms > LONGEST;
}

import type { LimitSpec, Taking } from '../../stages/limit/limit-store.ts';

/**
 * What the script said about `limits`.
 *
 * @throws TypeError when it is nothing that the script says.
 */
export function readAnswer(answer: unknown, limits: readonly LimitSpec[]): Exclude<Taking, { kind: 'lost' }> {
  if (!isIntegers(answer)) throw new TypeError('Redis gave an answer that is no list of integers');
  const [passes, ...rest] = answer;
  if (passes === 1 && rest.length === limits.length) return { kind: 'taken', remaining: rest };
  const [waitMs, index = -1] = rest;
  const limit = limits[index];
  if (passes !== 0 || waitMs === undefined || limit === undefined) {
    throw new TypeError('Redis gave an answer that is none of the script');
  }
  return { kind: 'short', limit, retryAfterMs: waitMs < 0 ? Infinity : waitMs };
}

/** Whether it is a list of integers, as scripts answer. */
export function isIntegers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => Number.isSafeInteger(one));
}

import type { CountSpec, Reserving } from '../../stages/limit/count-store.ts';
import type { LimitSpec } from '../../stages/limit/limit-store.ts';
import { isIntegers } from './read-answer.ts';

const TAKEN = 1;
const SHORT = 0;
const FULL = 2;
const NOT_READY = 3;
const TOO_OLD = 4;

/**
 * What the script said about `limits` and `counts`.
 *
 * @throws TypeError when it is nothing that the script says.
 */
export function readReserving(answer: unknown, limits: readonly LimitSpec[], counts: readonly CountSpec[]): Reserving {
  const [kind, ...rest] = isIntegers(answer) ? answer : [];
  if (kind === TAKEN && rest.length === limits.length + counts.length) {
    return { kind: 'taken', remaining: rest.slice(0, limits.length), left: rest.slice(limits.length) };
  }
  const [waitMs = -1, at = -1] = rest;
  const retryAfterMs = waitMs < 0 ? Infinity : waitMs;
  const limit = limits[at];
  if (kind === SHORT && limit !== undefined) return { kind: 'short', limit, retryAfterMs };
  const count = counts[kind === FULL ? at : waitMs];
  if (count === undefined) throw new TypeError('Redis gave an answer that is none of the script');
  if (kind === FULL) return { kind: 'full', count, retryAfterMs };
  if (kind === NOT_READY) return { kind: 'uncounted', count, why: 'not-ready' };
  if (kind === TOO_OLD) return { kind: 'uncounted', count, why: 'too-old' };
  throw new TypeError('Redis gave an answer that is none of the script');
}

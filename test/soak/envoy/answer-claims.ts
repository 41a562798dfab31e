import { type Claim, listCounts } from '../claim.ts';
import type { LoadTally } from './load-tally.ts';

/** Promises about the answers to callers. */
export function completesAll(tally: LoadTally, calls: number): Claim {
  return {
    text: 'completes every call',
    holds: tally.completed.size === calls && tally.calls === calls,
    found: answersOf(tally),
  };
}

/** While it is not there, or stops. */
export function completesOrRefuses(tally: LoadTally): Claim {
  return {
    text: 'completes each call, or refuses it with 503 in the shape of JSON-RPC',
    holds: tally.wrongs === 0 && [...tally.refused.keys()].every((how) => how.startsWith('503 ')),
    found: answersOf(tally),
  };
}

export function answersOf({ completed, refused, wrong, wrongs, calls }: LoadTally): string {
  const refusals = refused.size === 0 ? '0 refused' : listCounts(refused);
  const rest = wrongs === 0 ? '' : `, ${wrongs} otherwise: ${JSON.stringify(wrong)}`;
  return `${calls} calls: ${completed.size} completed, ${refusals}${rest}`;
}

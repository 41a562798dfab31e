import { type Deny, deny, type Fault, fault } from '../../decision/verdict.ts';
import type { CountSpec, Reserving } from './count-store.ts';

/** What an agent is told to wait for a call that is under way to be over, at most, milliseconds. */
const MOST_WAIT_MS = 1000;

/** Too little is left of `count`. `waitMs` is `Infinity` when waiting will not help. */
export function refuseFull(count: CountSpec, waitMs: number): Deny {
  const { kind, name: rule } = count;
  if (kind === 'concurrent') {
    const retryAfterMs = Math.max(1, Math.min(MOST_WAIT_MS, waitMs));
    const message = said(count, `At most ${count.most} calls may be under way at once. Retry in 1 s.`);
    return deny('limit', 'limit.exceeded', { rule, retryAfterMs, message });
  }
  const what = kind === 'calls' ? 'calls' : (count.unit ?? '');
  const used = `The ${SAYS.get(rule) ?? 'budget'} of ${count.most} ${what} is used up.`;
  if (!Number.isFinite(waitMs)) return deny('limit', 'budget.exceeded', { rule, message: said(count, used) });
  const retryAfterMs = Math.max(1, Math.ceil(waitMs));
  const message = said(count, `${used} Retry in ${Math.ceil(retryAfterMs / 1000)} s.`);
  return deny('limit', 'budget.exceeded', { rule, retryAfterMs, message });
}

/** Nobody can tell what is left. */
export function refuseUncounted({ count, why }: Extract<Reserving, { kind: 'uncounted' }>): Fault {
  return { ...fault('limit', 'budget.uncounted', new Error(WHY[why])), detail: { rule: count.name } };
}

/** No rule says what the call costs in the unit of `count`. */
export function refuseUnpriced({ name: rule, unit = '' }: CountSpec): Deny {
  return deny('limit', 'budget.unpriced', { rule, message: `No rule says what this call costs in ${unit}.` });
}

const SAYS: ReadonlyMap<string, string> = new Map([
  ['token', 'budget of the token'],
  ['txn', 'budget of the transaction'],
]);

const WHY = {
  'not-ready': 'the store has no epoch: sallyport store init makes one',
  'too-old': 'the token was issued before the store was made ready',
} as const;

function said({ message }: CountSpec, text: string): string {
  return message === undefined ? text : `${message} ${text}`;
}

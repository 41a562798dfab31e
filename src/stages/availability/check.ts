import type { Call } from '../../call/call.ts';
import type { Permit, PinnedTarget } from '../../decision/facts.ts';
import { deny, type Found, found } from '../../decision/verdict.ts';
import type { Stages } from '../../decision/stages.ts';
import type { SallyportFacts } from '../facts.ts';
import type { Acquired } from './breaker.ts';
import type { BreakerKey, Breakers } from './breakers.ts';

/**
 * Check 8: whether what is called is well enough to be tried.
 *
 * The permit is given back through `undo` when a later check refuses, or the allow could not be delivered; otherwise whoever
 * learns what became of the call settles it. What has no reply of its own (notifications, open streams) needs none.
 */
export function availabilityCheck(
  breakers: Pick<Breakers, 'acquire' | 'settle'>,
): Stages<SallyportFacts>['checkAvailability'] {
  return (call, target, undo): Found<Permit> => {
    const { decisionId } = call;
    const key = breakerKeyOf(call, target);
    if (key === undefined) return GRANTED;
    const acquired = breakers.acquire(key, decisionId);
    if (acquired?.kind === 'refused') return refuse(acquired, key.tool);
    if (acquired !== undefined) undo.defer(() => breakers.settle(decisionId, { kind: 'ignored' }));
    return GRANTED;
  };
}

/** Whose breaker is asked for a call; `undefined` for one that none is asked for. */
export function breakerKeyOf({ kind, treatment, server }: Call, target: PinnedTarget): BreakerKey | undefined {
  if (kind !== 'request' || treatment === 'stream') return undefined;
  return { server, tool: target.kind === 'tool' ? target.name : undefined };
}

const GRANTED = found<Permit>({ kind: 'granted' });

function refuse(
  { state, retryAfterMs }: Extract<Acquired, { kind: 'refused' }>,
  tool: string | undefined,
): Found<Permit> {
  const what = tool === undefined ? 'The tool server' : 'The tool';
  const detail = `breaker ${state}`;
  if (retryAfterMs === undefined) {
    return deny('availability', 'breaker.open', { message: `${what} was switched off by its operator.` }, detail);
  }
  const message = `${what} fails or is slow just now. Retry in ${Math.ceil(retryAfterMs / 1000)} s.`;
  return deny('availability', 'breaker.open', { retryAfterMs, message }, detail);
}

import type { Permit } from '../../decision/facts.ts';
import { deny, type Found, found } from '../../decision/verdict.ts';
import type { Stages } from '../../decision/stages.ts';
import type { SallyportFacts } from '../facts.ts';
import type { Acquired } from './breaker.ts';
import type { Breakers } from './breakers.ts';

/**
 * Check 8: whether what is called is well enough to be tried.
 *
 * The permit is given back through `undo` when a later check refuses, or the allow could not be delivered; otherwise whoever
 * learns what became of the call settles it. What has no reply of its own (notifications, open streams) needs none.
 */
export function availabilityCheck(
  breakers: Pick<Breakers, 'acquire' | 'settle'>,
): Stages<SallyportFacts>['checkAvailability'] {
  return ({ kind, treatment, server, decisionId }, target, undo): Found<Permit> => {
    if (kind !== 'request' || treatment === 'stream') return GRANTED;
    const tool = target.kind === 'tool' ? target.name : undefined;
    const acquired = breakers.acquire({ server, tool }, decisionId);
    if (acquired?.kind === 'refused') return refuse(acquired, tool);
    if (acquired !== undefined) undo.defer(() => breakers.settle(decisionId, { kind: 'ignored' }));
    return GRANTED;
  };
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

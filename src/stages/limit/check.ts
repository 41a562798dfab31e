import type { Reservation } from '../../decision/facts.ts';
import { deny, type Found, found } from '../../decision/verdict.ts';
import type { Finding, Stages } from '../../decision/stages.ts';
import type { SallyportFacts } from '../facts.ts';
import type { LimitSpec, LimitStore, Taking } from './limit-store.ts';

/**
 * Check 9: takes what the matching limit rules ask for, all or nothing.
 *
 * What was taken is given back through `undo` when a later check refuses. A refusal takes nothing and says when to
 * come back (`limit.exceeded`).
 */
export function limitCheck(store: LimitStore): Stages<SallyportFacts>['takeLimits'] {
  return (_call, _identity, { limitSpecs }, undo): Finding<Reservation> => {
    if (limitSpecs.length === 0) return found({ taken: [] });
    const taking = store.takeAll(limitSpecs);
    if (taking instanceof Promise) return taking.then((taken) => settle(taken, limitSpecs, store, undo));
    return settle(taking, limitSpecs, store, undo);
  };
}

function settle(
  taking: Taking,
  limits: readonly LimitSpec[],
  store: LimitStore,
  undo: AsyncDisposableStack,
): Found<Reservation> {
  if (taking.kind === 'short') return refuse(taking.limit, taking.retryAfterMs);
  undo.defer(() => store.giveBack(limits));
  const taken = limits.map(({ name, cost }, index) => ({ limit: name, cost, remaining: taking.remaining[index] ?? 0 }));
  return found({ taken });
}

function refuse({ name, burst, message: own }: LimitSpec, waitMs: number): Found<Reservation> {
  const say = (text: string): string => (own === undefined ? text : `${own} ${text}`);
  if (!Number.isFinite(waitMs)) {
    const message = say(`The call costs more than the limit of ${burst}.`);
    return deny('limit', 'limit.exceeded', { rule: name, message });
  }
  const retryAfterMs = Math.max(1, Math.ceil(waitMs));
  const message = say(`Retry in ${Math.ceil(retryAfterMs / 1000)} s.`);
  return deny('limit', 'limit.exceeded', { rule: name, retryAfterMs, message });
}

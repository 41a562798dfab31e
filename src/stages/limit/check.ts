import type { Reservation } from '../../decision/facts.ts';
import type { Finding, Stages } from '../../decision/stages.ts';
import { deny, type Fault, type Found, fault, found } from '../../decision/verdict.ts';
import type { SallyportFacts } from '../facts.ts';
import type { LimitSpec, LimitStore, Taking } from './limit-store.ts';

/**
 * Check 9: takes what the matching limit rules ask for, all or nothing.
 *
 * What was taken is given back through `undo` when a later check refuses. A refusal takes nothing and says when to come back
 * (`limit.exceeded`). Where the store cannot be had and a limit says `closed`, nobody can tell: a fault.
 */
export function limitCheck(store: LimitStore): Stages<SallyportFacts>['takeLimits'] {
  return (_call, _identity, { limitSpecs }, undo): Finding<Reservation> => {
    if (limitSpecs.length === 0) return found({ taken: [] });
    const taking = store.take(limitSpecs);
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
  switch (taking.kind) {
    case 'short':
      return refuse(taking.limit, taking.retryAfterMs);
    case 'lost':
      return lost(taking);
    case 'taken':
      undo.defer(() => (taking.from ?? store).refund(limits));
      return found({ taken: limits.map((limit, index) => takenOf(limit, taking.remaining[index])) });
  }
}

function takenOf({ name, cost }: LimitSpec, remaining = 0): Reservation['taken'][number] {
  return { limit: name, cost, remaining };
}

/** Milliseconds after which a caller should try again while the store is lost. */
const RETRY_AFTER_MS = 1000;

function lost({ limit, cause }: Extract<Taking, { kind: 'lost' }>): Fault {
  return { ...fault('limit', 'limit.unavailable', cause), detail: { rule: limit.name, retryAfterMs: RETRY_AFTER_MS } };
}

function refuse({ name, tiers, message: own }: LimitSpec, waitMs: number): Found<Reservation> {
  const say = (text: string): string => (own === undefined ? text : `${own} ${text}`);
  if (!Number.isFinite(waitMs)) {
    const message = say(`The call costs more than the limit of ${Math.min(...tiers.map(({ burst }) => burst))}.`);
    return deny('limit', 'limit.exceeded', { rule: name, message });
  }
  const retryAfterMs = Math.max(1, Math.ceil(waitMs));
  const message = say(`Retry in ${Math.ceil(retryAfterMs / 1000)} s.`);
  return deny('limit', 'limit.exceeded', { rule: name, retryAfterMs, message });
}

import type { Call } from '../../call/call.ts';
import type { Reservation } from '../../decision/facts.ts';
import type { Finding, Stages } from '../../decision/stages.ts';
import { deny, type Fault, type Found, fault, found } from '../../decision/verdict.ts';
import type { Releases } from '../../kit/release-stack.ts';
import type { SallyportFacts } from '../facts.ts';
import { askedOf, type Counted } from './asked-of.ts';
import type { CountSpec, CountStore, Reserving } from './count-store.ts';
import type { KnownBudgets } from './known-budgets.ts';
import type { LimitSpec, LimitStore, Taking } from './limit-store.ts';
import { packReservation } from './portable-reservation.ts';
import { refuseFull, refuseUncounted, refuseUnpriced } from './refuse-counted.ts';
import type { Reservations } from './reservations.ts';

/** What is counted beyond rates. */
export interface CountingOptions {
  readonly store: CountStore;
  /** Told of what was reserved, until the outcome of the call. */
  readonly reservations: Pick<Reservations, 'hold' | 'withdraw'>;
  /** Told of every budget that a call asks for. */
  readonly known: Pick<KnownBudgets, 'asked'>;
  /** Whether other instances count in the same store. */
  readonly isShared: boolean;
  /** How long a call to the server of that name may be under way without a word of it, milliseconds. */
  readonly heldMsOf: (server: string) => number;
}

/**
 * Check 9: takes what the matching limit rules and the token ask for, all or nothing.
 *
 * What was taken is given back through `undo` when a later check refuses. A refusal takes nothing and says when to come back
 * (`limit.exceeded`). Where the store cannot be had and a limit says `closed`, nobody can tell: a fault.
 */
export function limitCheck(store: LimitStore, counting: CountingOptions): Stages<SallyportFacts>['takeLimits'] {
  return (call, identity, ruling, undo): Finding<Reservation> => {
    const counted = askedOf(call, identity, ruling);
    if (counted !== undefined) return reserve(call, counted, { store, counting, undo });
    const { limitSpecs } = ruling;
    if (limitSpecs.length === 0) return found({ taken: [] });
    const taking = store.take(limitSpecs);
    if (taking instanceof Promise) return taking.then((taken) => settle(taken, limitSpecs, store, undo));
    return settle(taking, limitSpecs, store, undo);
  };
}

/** Where it is counted. */
export interface Reserve {
  readonly store: LimitStore;
  readonly counting: CountingOptions;
  readonly undo: Releases;
}

/** Takes what is `counted`, or nothing. What is held then is settled by the outcome. */
export function reserve(
  call: Pick<Call, 'decisionId' | 'server'>,
  counted: Counted,
  to: Reserve,
): Finding<Reservation> {
  const { limits, counts, unpriced } = counted;
  if (unpriced !== undefined) return refuseUnpriced(unpriced);
  const { decisionId, server } = call;
  const { store, known, heldMsOf } = to.counting;
  known.asked(counts);
  const heldMs = heldMsOf(server);
  const asked = { decisionId, heldMs, ...counted };
  const reserving = store.reserve({ decisionId, limits, counts, heldMs });
  return reserving instanceof Promise
    ? reserving.then((answer) => settleReserving(answer, asked, to))
    : settleReserving(reserving, asked, to);
}

type AskedFor = Counted & { readonly decisionId: string; readonly heldMs: number };

function settleReserving(answer: Reserving, asked: AskedFor, to: Reserve): Found<Reservation> {
  switch (answer.kind) {
    case 'short':
      return refuse(answer.limit, answer.retryAfterMs);
    case 'full':
      return refuseFull(answer.count, answer.retryAfterMs);
    case 'uncounted':
      return refuseUncounted(answer);
    case 'lost':
      return lost(answer);
    case 'taken':
      return found(hold(answer, asked, to));
  }
}

/** Keeps what was reserved until the outcome, and sees to it that it is given back when there is none. */
function hold(answer: Reserved, asked: AskedFor, { store, counting, undo }: Reserve): Reservation {
  const { decisionId, limits, counts, prices, heldMs } = asked;
  const { from } = answer;
  counting.reservations.hold(decisionId, {
    counts,
    prices,
    heldMs,
    store: from ?? counting.store,
    more: counting.store,
  });
  undo.defer(() => counting.reservations.withdraw(decisionId));
  if (limits.length > 0) undo.defer(() => (from ?? store).refund(limits));
  const readsReply = prices.some(({ reply }) => reply !== undefined);
  return {
    taken: takenOfAll(answer, asked),
    ...(readsReply ? { readsReply } : {}),
    ...(counting.isShared && from === undefined ? { portable: packReservation(counts) } : {}),
  };
}

function takenOfAll({ remaining, left }: Reserved, { limits, counts }: Counted): Reservation['taken'] {
  const takenOfCount = ({ name, kind, amount }: CountSpec, index: number) => {
    return { limit: `${name} ${kind}`, cost: amount, remaining: left[index] ?? 0 };
  };
  return [...limits.map((limit, index) => takenOf(limit, remaining[index])), ...counts.map(takenOfCount)];
}

type Reserved = Extract<Reserving, { kind: 'taken' }>;

function settle(taking: Taking, limits: readonly LimitSpec[], store: LimitStore, undo: Releases): Found<Reservation> {
  switch (taking.kind) {
    case 'short':
      return refuse(taking.limit, taking.retryAfterMs);
    case 'lost':
      return lost({ name: taking.limit.name, cause: taking.cause });
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

function lost({ name, cause }: { readonly name: string; readonly cause: unknown }): Fault {
  return { ...fault('limit', 'limit.unavailable', cause), detail: { rule: name, retryAfterMs: RETRY_AFTER_MS } };
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

import { randomBytes } from 'node:crypto';
import { messageOf } from '../kit/cause.ts';
import type { Clock } from '../kit/clock.ts';
import type { LimitSpec } from '../policy/limit-spec.ts';
import type { LimitView } from '../policy/limit-view.ts';
import { changedTier, type LimitOrder } from '../stages/limit/limit-orders.ts';
import { OrdersFullError } from '../stores/orders/order-book.ts';
import {
  type LevelLine,
  type LimitLine,
  type LimitSurface,
  type LimitWish,
  PERIODS_MS,
  type Period,
} from '../transports/operator/limit-surface.ts';
import type { State } from './state.ts';

export interface OperateLimitsOptions extends Pick<State, 'recorder' | 'log' | 'orders' | 'limits'> {
  /** The limits of the rules in force. */
  readonly views: () => readonly LimitView[];
  readonly clock: Clock;
}

/** Limits, for their operator: every change is in the record before it counts. */
export function operateLimits({ recorder, log, orders, limits, views, clock }: OperateLimitsOptions): LimitSurface {
  const viewOf = (rule: string): LimitView | undefined => views().find((view) => view.rule === rule);
  const lineOf = (view: LimitView): LimitLine => {
    const order = orders.limits.of(view.rule);
    const stored = orders.list().some(({ id, isStored }) => id === order?.id && isStored);
    return limitLineOf(view, order, stored);
  };
  return {
    list: () => views().map(lineOf),
    async look({ rule, ...parts }) {
      const view = viewOf(rule);
      if (view === undefined) return noRule(rule);
      const spec = view.specFor(parts);
      if (isMissing(spec)) return `the rule counts by ${view.by.join(', ')}; name ${spec.join(' and ')}`;
      const [now = spec] = orders.limits.changed([spec]);
      return await levelOf(now, limits);
    },
    async set(wish) {
      const view = viewOf(wish.rule);
      if (view === undefined) return noRule(wish.rule);
      const order = orderOf(wish, clock.nowMs());
      const wrong = whatIsWrong(view, order);
      if (wrong !== undefined) return wrong;
      const { rule: name, why } = wish;
      const until = new Date(order.untilMs).toISOString();
      const was = textOf(lineOf(view));
      const state = textOf(limitLineOf(view, order, true));
      await recorder.operator({ action: 'limit.set', id: order.id, name, until, state, was, why });
      try {
        await orders.add(order);
      } catch (cause) {
        if (cause instanceof OrdersFullError) return messageOf(cause);
        throw cause;
      }
      log.warn('an operator changed a limit', { rule: name, was, now: state, until });
      return lineOf(view);
    },
    async reset({ rule, why }) {
      const view = viewOf(rule);
      const order = orders.limits.of(rule);
      if (view === undefined || order === undefined) return `nothing is changed of a limit ${rule}`;
      const { id } = order;
      const was = textOf(lineOf(view));
      await recorder.operator({ action: 'limit.reset', id, name: rule, state: textOf(limitLineOf(view)), was, why });
      try {
        await orders.lift(id);
      } catch (cause) {
        return `it is still changed, since that cannot be stored now (${messageOf(cause)})`;
      }
      log.warn('a limit counts again as it is written', { rule });
      return lineOf(view);
    },
  };
}

function isMissing(spec: ReturnType<LimitView['specFor']>): spec is Exclude<typeof spec, LimitSpec> {
  return Array.isArray(spec);
}

function noRule(rule: string): string {
  return `there is no rule ${rule} with a limit`;
}

/** Looks twice: for what is there, and for how long a call has to wait. */
async function levelOf(spec: LimitSpec, limits: Pick<State['limits'], 'peek'>): Promise<LevelLine | string> {
  const level = await limits.peek([{ ...spec, cost: 0 }]);
  const call = await limits.peek([spec]);
  if (level.kind !== 'taken' || call.kind === 'lost') return 'the store of limits cannot be had now';
  const [remaining = 0] = level.remaining;
  const waitMs = call.kind === 'short' ? call.retryAfterMs : 0;
  return { rule: spec.name, remaining, ...(Number.isFinite(waitMs) ? { waitMs } : {}) };
}

function orderOf({ rule, rates, cost, ttl_s: ttlS, why }: LimitWish, nowMs: number): LimitOrder {
  return {
    id: randomBytes(6).toString('hex'),
    kind: 'limit',
    name: rule,
    rates: rates.map(({ per, rate, burst }) => ({
      periodMs: PERIODS_MS[per],
      ...(rate === undefined ? {} : { refill: rate }),
      ...(burst === undefined ? {} : { burst }),
    })),
    ...(cost === undefined ? {} : { cost }),
    sinceMs: nowMs,
    untilMs: nowMs + ttlS * 1000,
    why,
  };
}

function whatIsWrong(view: LimitView, order: LimitOrder): string | undefined {
  const unknown = order.rates.find(({ periodMs }) => !view.tiers.some((tier) => tier.periodMs === periodMs));
  if (unknown !== undefined) return `the rule has no rate per ${periodOf(unknown.periodMs)}`;
  const { rates, cost } = limitLineOf(view, order);
  const narrow = rates.find(({ burst }) => burst < cost);
  if (narrow === undefined) return undefined;
  return `no call could pass: it costs ${cost}, and the burst per ${narrow.per} would be ${narrow.burst}`;
}

function limitLineOf({ rule, tiers, cost, by }: LimitView, order?: LimitOrder, stored = false): LimitLine {
  const ratesOf = (these: typeof tiers): LimitLine['rates'] =>
    these.map(({ periodMs, refill, burst }) => ({ per: periodOf(periodMs), rate: refill, burst }));
  const from = { rates: ratesOf(tiers), cost };
  if (order === undefined) return { rule, ...from, by };
  const rates = ratesOf(tiers.map((tier) => changedTier(tier, order.rates)));
  const until = new Date(order.untilMs).toISOString();
  return { rule, rates, cost: order.cost ?? cost, by, changed: { until, why: order.why, from, stored } };
}

const PERIODS = ['second', 'minute', 'hour', 'day'] as const satisfies readonly Period[];

function periodOf(periodMs: number): Period {
  return PERIODS.find((period) => PERIODS_MS[period] === periodMs) ?? 'day';
}

/** A limit for the record. */
function textOf({ rates, cost }: Pick<LimitLine, 'rates' | 'cost'>): string {
  const texts = rates.map(({ per, rate, burst }) => `${rate}/${per} burst ${burst}`);
  return `${texts.join(', ')}, cost ${cost}`;
}

import { randomBytes } from 'node:crypto';
import type { Clock } from '../kit/clock.ts';
import { messageOf } from '../kit/cause.ts';
import { hasRoomFor, isWritable, MAX_ORDERS } from '../stores/orders/order-document.ts';
import { OrdersFullError, type ListedOrder, type OrderBook } from '../stores/orders/order-book.ts';
import type { Stop } from '../stages/stop/stops.ts';
import type { LiftWish, StopLine, StopSurface, StopWish } from '../transports/operator/stop-surface.ts';
import type { State } from './state.ts';
import { type NamedTargets, unknownTarget } from './unknown-target.ts';

export interface OperateStopsOptions extends Pick<State, 'recorder' | 'log' | 'orders'> {
  readonly clock: Clock;
  /** The configuration in force. */
  readonly current: () => NamedTargets;
}

/** What is stopped, for its operator: every stop and every lift is in the record before it counts. */
export function operateStops({ orders, recorder, log, clock, current }: OperateStopsOptions): StopSurface {
  return {
    list: () => ({ known: orders.isKnown, stops: stopsIn(orders).map(lineOf) }),
    async stop(wish) {
      const stop = stopOf(wish, clock.nowMs());
      const known = orders.list();
      if (!hasRoomFor(wish.kind, known) || !isWritable([...known, stop])) return FULL;
      await recorder.operator({ action: 'stop.set', ...recorded(stop), why: wish.why });
      try {
        const reach = await orders.add(stop);
        log.warn('an operator stopped something', { id: stop.id, kind: stop.kind, name: stop.name, stored: reach });
        const unknown = unknownTarget(stop, current());
        const line = lineOf({ ...stop, isStored: reach === 'stored' });
        return unknown === undefined ? { stop: line } : { stop: line, unknown };
      } catch (cause) {
        if (cause instanceof OrdersFullError) return FULL;
        throw cause;
      }
    },
    async lift({ id, why }: LiftWish) {
      const stop = stopsIn(orders).find((one) => one.id === id);
      if (stop === undefined) return 'there is no stop of that id';
      await recorder.operator({ action: 'stop.lift', ...recorded(stop), why });
      try {
        await orders.lift(id);
      } catch (cause) {
        return `it is still in force, since what is stopped cannot be stored now (${messageOf(cause)})`;
      }
      log.warn('an operator lifted a stop', { id, kind: stop.kind, name: stop.name });
      return { stop: lineOf(stop) };
    },
  };
}

const FULL = `there are ${MAX_ORDERS} orders already, or very long ones; lift some`;

type ListedStop = Stop & Pick<ListedOrder, 'isStored'>;

function stopsIn(orders: OrderBook): readonly ListedStop[] {
  return orders.list().filter((order) => order.kind !== 'limit');
}

function stopOf({ kind, name, ttl_s: ttlS, why }: StopWish, nowMs: number): Stop {
  const stop = { id: randomBytes(6).toString('hex'), kind, name, sinceMs: nowMs, why };
  return ttlS === undefined ? stop : { ...stop, untilMs: nowMs + ttlS * 1000 };
}

function recorded({ id, kind, name, untilMs }: Stop): { id: string; kind: string; name: string; until?: string } {
  const named = { id, kind, name };
  return untilMs === undefined ? named : { ...named, until: new Date(untilMs).toISOString() };
}

function lineOf({ id, kind, name, sinceMs, untilMs, why, isStored }: ListedStop): StopLine {
  const since = new Date(sinceMs).toISOString();
  const line = { id, kind, name, since, why, stored: isStored };
  return untilMs === undefined ? line : { ...line, until: new Date(untilMs).toISOString() };
}

import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { LimitOrder } from '../../stages/limit/limit-orders.ts';
import { type Stop, STOP_KINDS } from '../../stages/stop/stops.ts';

/** Something that an operator ordered for a running service. */
export type Order = Stop | LimitOrder;

/** Most orders that may be in force at once. */
export const MAX_ORDERS = 1000;
/** Longest name of what is stopped, UTF-16 code units: that of a principal has several claims in it. */
const MAX_NAME = 4096;
/** Changes that a set remembers. Whoever did not read it for longer puts his own and it together. */
const MAX_BEFORE = 200;
/** Longest text of a set, UTF-16 code units. */
const MAX_TEXT = 4 * 1024 * 1024;

/** The set of orders at one version. */
export interface OrderDocument {
  /** Names the change that made this version; empty before the first. */
  readonly change: string;
  /** The changes that led to it, oldest first: what it knows of, it replaces. */
  readonly before: readonly string[];
  readonly orders: readonly Order[];
  /** Ids of those that the shared store has not got yet. Empty in what it holds. */
  readonly unsent: readonly string[];
}

/** Before anything was ordered. */
export const NO_ORDERS: OrderDocument = { change: '', before: [], orders: [], unsent: [] };

const orderId = z.string().min(1).max(64);
const time = z.int().min(0);
const count = z.int().min(1).max(1_000_000);
const common = { id: orderId, since_ms: time, why: z.string().max(256) };

const stopSchema = z.strictObject({
  ...common,
  kind: z.enum(STOP_KINDS),
  name: z.string().max(MAX_NAME),
  until_ms: time.optional(),
});

const limitSchema = z.strictObject({
  ...common,
  kind: z.literal('limit'),
  name: z.string().max(128),
  until_ms: time,
  rates: z
    .array(
      z.strictObject({ period_ms: z.int().min(1).max(86_400_000), burst: count.optional(), refill: count.optional() }),
    )
    .max(4),
  cost: count.optional(),
});

const documentSchema = z.strictObject({
  change: z.string().max(64),
  before: z.array(orderId).max(MAX_BEFORE),
  orders: z.array(z.discriminatedUnion('kind', [stopSchema, limitSchema])),
  unsent: z.array(orderId).default([]),
});

/** Beyond the most orders, for what must always go: that everything is stopped. */
const SPARE = 8;
/** Of the longest text, what orders may fill: two sets that are put together must be read, too. */
const MOST_WRITTEN = MAX_TEXT / 2;

/** Whether there is room for one more of this kind, beside so many. */
export function hasRoomFor(kind: Order['kind'], orders: readonly Order[]): boolean {
  return orders.length < (kind === 'all' ? MAX_ORDERS + SPARE : MAX_ORDERS);
}

/** Whether a set of these can be read again. */
export function isWritable(orders: readonly Order[]): boolean {
  return writeOrders({ ...NO_ORDERS, orders }).length <= MOST_WRITTEN;
}

/** The text of a set, as it lies in a file and in Redis. */
export function writeOrders({ change, before, orders, unsent }: OrderDocument): string {
  const written = orders.map(writeOrder);
  return JSON.stringify({ change, before, orders: written, ...(unsent.length === 0 ? {} : { unsent }) });
}

function writeOrder(order: Order): z.input<typeof documentSchema>['orders'][number] {
  const { id, name, why, sinceMs: since_ms } = order;
  if (order.kind !== 'limit') {
    const { kind, untilMs } = order;
    return { id, kind, name, since_ms, why, ...(untilMs === undefined ? {} : { until_ms: untilMs }) };
  }
  const { kind, untilMs: until_ms, cost } = order;
  const rates = order.rates.map(({ periodMs: period_ms, ...rate }) => ({ period_ms, ...rate }));
  return { id, kind, name, since_ms, why, until_ms, rates, ...(cost === undefined ? {} : { cost }) };
}

/** @throws when any part of it cannot be read: an entry that is skipped would be a stop that does not hold. */
export function readOrders(text: string): OrderDocument {
  if (text.length > MAX_TEXT) throw new Error(`the set of orders is longer than ${MAX_TEXT} characters`);
  const { change, before, orders, unsent } = documentSchema.parse(JSON.parse(text));
  return { change, before, unsent, orders: orders.map(readOrder) };
}

function readOrder(written: z.output<typeof documentSchema>['orders'][number]): Order {
  const { id, name, why, since_ms: sinceMs } = written;
  if (written.kind !== 'limit') {
    const { kind, until_ms: untilMs } = written;
    return { id, kind, name, sinceMs, why, ...(untilMs === undefined ? {} : { untilMs }) };
  }
  const { kind, until_ms: untilMs, cost } = written;
  const rates = written.rates.map(({ period_ms: periodMs, burst, refill }) => ({
    periodMs,
    ...(burst === undefined ? {} : { burst }),
    ...(refill === undefined ? {} : { refill }),
  }));
  return { id, kind, name, sinceMs, why, untilMs, rates, ...(cost === undefined ? {} : { cost }) };
}

/** The set that a new change, which nobody else made, makes of others. */
export function changed(orders: readonly Order[], ...from: readonly OrderDocument[]): OrderDocument {
  const before = new Set(from.flatMap((one) => one.before));
  for (const { change } of from) if (change !== '') before.add(change);
  return { change: randomBytes(9).toString('base64url'), before: [...before].slice(-MAX_BEFORE), orders, unsent: [] };
}

/** Whether `later` came of `earlier`, so that it replaces it. */
export function replaces(later: OrderDocument, earlier: OrderDocument): boolean {
  return earlier.change === '' || later.before.includes(earlier.change);
}

/** The orders of both, each once. */
export function unionOf(one: readonly Order[], other: readonly Order[]): readonly Order[] {
  const byId = new Map([...one, ...other].map((order) => [order.id, order]));
  return [...byId.values()];
}

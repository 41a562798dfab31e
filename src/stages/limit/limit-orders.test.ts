import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { facts } from '../../decision/facts.fixture.ts';
import { deny, found } from '../../decision/verdict.ts';
import { limitOf } from '../../policy/limit-spec.fixture.ts';
import { asOrdered } from './as-ordered.ts';
import { type LimitOrder, LimitOrders } from './limit-orders.ts';

const second = { periodMs: 1000, refill: 5, burst: 20 };
const day = { periodMs: 86_400_000, refill: 1000, burst: 1000 };
const spec = limitOf('k', { name: 'bank.rate', tiers: [second, day], cost: 2 });
const other = limitOf('o', { name: 'shop.rate', tiers: [second] });

function orderOf(changed: Partial<LimitOrder> = {}): LimitOrder {
  const base = { id: 'a', kind: 'limit', name: 'bank.rate', sinceMs: 0, untilMs: 100, why: 'a test' } as const;
  return { ...base, rates: [{ periodMs: 1000, refill: 1 }], ...changed };
}

suite('LimitOrders', () => {
  test('change the rates and the cost that they name, and no other rule', () => {
    const orders = new LimitOrders(() => 0);
    orders.replace([orderOf({ cost: 7 })]);
    assert.deepEqual(orders.changed([spec, other]), [
      { ...spec, cost: 7, tiers: [{ ...second, refill: 1 }, day] },
      other,
    ]);
    assert.equal(orders.of('bank.rate')?.id, 'a');
    assert.equal(orders.of('shop.rate'), undefined);
  });

  test('change nothing for a period that the rule does not have, nor for a name of an object member', () => {
    const orders = new LimitOrders(() => 0);
    orders.replace([orderOf({ rates: [{ periodMs: 60_000, burst: 1 }] }), orderOf({ id: 'b', name: '__proto__' })]);
    assert.deepEqual(orders.changed([spec]), [spec]);
    assert.equal(orders.of('__proto__')?.id, 'b');
    assert.equal(orders.of('constructor'), undefined);
  });

  test('end by themselves', () => {
    let nowMs = 99;
    const orders = new LimitOrders(() => nowMs);
    orders.replace([orderOf()]);
    assert.notEqual(orders.changed([spec])[0]?.tiers, spec.tiers);
    nowMs = 100;
    assert.equal(orders.changed([spec])[0], spec);
    assert.equal(orders.of('bank.rate'), undefined);
  });

  test('of several for one rule the latest counts, whatever their order', () => {
    const two = [orderOf({ sinceMs: 5 }), orderOf({ id: 'b', sinceMs: 4 })];
    for (const one of [two, two.toReversed()]) {
      const orders = new LimitOrders(() => 0);
      orders.replace(one);
      assert.equal(orders.of('bank.rate')?.id, 'a');
    }
  });

  test('give the same tiers for the same limit until they change: stores remember what was asked with them', () => {
    const orders = new LimitOrders(() => 0);
    orders.replace([orderOf()]);
    const [first] = orders.changed([spec]);
    orders.replace([orderOf(), orderOf({ id: 'b', name: 'shop.rate' })]);
    assert.equal(orders.changed([spec])[0]?.tiers, first?.tiers);
    orders.replace([orderOf({ id: 'c' })]);
    assert.notEqual(orders.changed([spec])[0]?.tiers, first?.tiers);
  });
});

suite('asOrdered()', () => {
  const ruling = found({ ...facts.ruling, limitSpecs: [spec] });

  test('changes the limits that were found, and nothing that was refused', () => {
    const orders = new LimitOrders(() => 0);
    assert.equal(asOrdered(ruling, orders), ruling);
    orders.replace([orderOf({ cost: 9 })]);
    const changed = asOrdered(ruling, orders);
    assert.deepEqual(changed.kind === 'found' && changed.value.limitSpecs[0]?.cost, 9);
    const refused = deny('policy', 'policy.denied');
    assert.equal(asOrdered(refused, orders), refused);
  });
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { STOP_KINDS } from '../../stages/stop/stops.ts';
import { changed, NO_ORDERS, type Order, readOrders, replaces, writeOrders } from './order-document.ts';

const count = fc.integer({ min: 1, max: 1_000_000 });
const time = fc.maxSafeNat();
const common = { id: fc.string({ minLength: 1, maxLength: 64 }), sinceMs: time, why: fc.string({ maxLength: 256 }) };
const stop = fc.record(
  { ...common, kind: fc.constantFrom(...STOP_KINDS), name: fc.string({ maxLength: 500 }), untilMs: time },
  { requiredKeys: ['id', 'kind', 'name', 'sinceMs', 'why'], noNullPrototype: true },
);
const rate = fc.record(
  { periodMs: fc.constantFrom(1000, 60_000, 3_600_000, 86_400_000), burst: count, refill: count },
  { requiredKeys: ['periodMs'], noNullPrototype: true },
);
const limit = fc.record(
  {
    ...common,
    kind: fc.constant('limit' as const),
    name: fc.string({ minLength: 1, maxLength: 128 }),
    untilMs: time,
    rates: fc.array(rate, { maxLength: 4 }),
    cost: count,
  },
  { requiredKeys: ['id', 'kind', 'name', 'sinceMs', 'why', 'untilMs', 'rates'], noNullPrototype: true },
);
const orders: fc.Arbitrary<readonly Order[]> = fc.array(fc.oneof(stop, limit), { maxLength: 20 });

suite('readOrders()', () => {
  test('reads whatever was written', () => {
    fc.assert(
      fc.property(orders, orders, (first, second) => {
        const document = changed(second, changed(first, NO_ORDERS), NO_ORDERS);
        assert.deepEqual(readOrders(writeOrders(document)), document);
        const unsent = second.map(({ id }) => id);
        assert.deepEqual(readOrders(writeOrders({ ...document, unsent })), { ...document, unsent });
      }),
    );
  });

  test('refuses what is not whole, whatever is missing', () => {
    const text = writeOrders(changed([{ id: 'a', kind: 'all', name: '', sinceMs: 0, why: '' }], NO_ORDERS));
    for (let end = 0; end < text.length; end += 1) assert.throws(() => readOrders(text.slice(0, end)));
    assert.throws(() => readOrders(text.replace('"all"', '"none"')));
    assert.throws(() => readOrders(text.replace('"since_ms"', '"__proto__"')));
    assert.throws(() => readOrders(`"${'x'.repeat(4 * 1024 * 1024)}"`), /longer than/);
  });
});

suite('replaces()', () => {
  test('knows what a set came of, for as long as it remembers', () => {
    const first = changed([], NO_ORDERS);
    let last = first;
    for (let times = 0; times < 200; times += 1) last = changed([], last);
    assert.equal(replaces(last, first), true);
    assert.equal(replaces(first, last), false);
    assert.equal(replaces(changed([], last), first), false);
    assert.equal(replaces(first, NO_ORDERS), true);
  });
});

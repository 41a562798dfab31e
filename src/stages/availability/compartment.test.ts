import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Compartment } from './compartment.ts';

const SIZE = { places: 10, keptPerTenant: 2 };

/** Takes places until there is none, and says how many those were. */
function fill(compartment: Compartment, tenant: string, size = SIZE): number {
  let taken = 0;
  while (compartment.enter(tenant, size) === undefined) taken += 1;
  return taken;
}

suite('Compartment', () => {
  test('lets one tenant have all but the share of one more to come', () => {
    const compartment = new Compartment(2);
    assert.equal(fill(compartment, 'a'), 8);
    assert.equal(compartment.enter('a', SIZE), 'kept-for-others');
  });

  test('still has room for a tenant below its share while others are held to theirs', () => {
    const compartment = new Compartment(2);
    fill(compartment, 'a');
    assert.equal(fill(compartment, 'b'), 2);
    assert.equal(compartment.enter('b', SIZE), 'full');
    compartment.leave('a');
    assert.equal(compartment.enter('a', SIZE), 'kept-for-others');
    assert.equal(compartment.enter('c', SIZE), undefined);
  });

  test('gives all places to whoever asks where nothing is kept', () => {
    assert.equal(fill(new Compartment(0), 'a', { places: 10, keptPerTenant: 0 }), 10);
  });

  test('follows a share that a reload changed', () => {
    const compartment = new Compartment(2);
    fill(compartment, 'a');
    assert.equal(fill(compartment, 'a', { places: 10, keptPerTenant: 1 }), 1);
    assert.equal(compartment.enter('a', { places: 10, keptPerTenant: 5 }), 'kept-for-others');
    assert.equal(compartment.enter('b', { places: 10, keptPerTenant: 5 }), undefined);
  });

  test('forgets a tenant that has nothing any more, and what was never taken', () => {
    const compartment = new Compartment(2);
    compartment.enter('a', SIZE);
    compartment.leave('a');
    compartment.leave('a');
    compartment.leave('never');
    assert.deepEqual([compartment.total, compartment.tenants], [0, 0]);
    assert.equal(fill(compartment, 'b'), 8);
  });

  test('never has more than its places, and a tenant below its share finds one while as many are kept as fit', () => {
    const steps = fc.array(fc.record({ tenant: fc.constantFrom('a', 'b', 'c'), enters: fc.boolean() }), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 20 }), (moves, kept, places) => {
        const size = { places, keptPerTenant: kept };
        const compartment = new Compartment(kept);
        const held = new Map<string, number>();
        const heldBy = (tenant: string): number => held.get(tenant) ?? 0;
        for (const { tenant, enters } of moves) {
          const before = compartment.total;
          const refused = enters ? compartment.enter(tenant, size) : compartment.leave(tenant);
          held.set(tenant, Math.max(0, heldBy(tenant) + (enters ? (refused === undefined ? 1 : 0) : -1)));
          assert.equal(compartment.total, heldBy('a') + heldBy('b') + heldBy('c'));
          assert.ok(compartment.total <= places);
          // All three tenants have a share that fits, and their total was within: who lacks one is not refused.
          assert.ok(!(enters && heldBy(tenant) < kept && refused === 'kept-for-others'));
          assert.ok(!(refused === 'full' && before < places));
        }
      }),
    );
  });

  test('keeps the share of a tenant that is there whatever the others take', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('+b', '+c', '-b', '-c'), { maxLength: 200 }), (moves) => {
        const compartment = new Compartment(2);
        assert.equal(compartment.enter('a', SIZE), undefined);
        for (const move of moves) {
          const tenant = move.slice(1);
          void (move.startsWith('+') ? compartment.enter(tenant, SIZE) : compartment.leave(tenant));
        }
        assert.equal(compartment.enter('a', SIZE), undefined);
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { createHoldNames } from './hold-names.ts';
import { ephemeralKeyRing } from './key-ring.fixture.ts';
import { createSealer } from './seal.ts';

suite('createHoldNames()', () => {
  const sealer = createSealer(ephemeralKeyRing(() => 0));
  const names = createHoldNames(sealer, 'envoy');

  test('opens what it sealed, and says nothing of it before', () => {
    const hold = names.seal('0198c2f0-0000-7000-8000-000000000001');
    assert.match(hold, /^[A-Za-z0-9_-]+$/);
    assert.equal(names.open(hold), '0198c2f0-0000-7000-8000-000000000001');
  });

  test('opens none of another listener, of another purpose, or of another process', () => {
    const others = [
      createHoldNames(sealer, 'other').seal('a'),
      sealer.seal('session files', 'envoy', 'a'),
      createHoldNames(createSealer(ephemeralKeyRing(() => 0)), 'envoy').seal('a'),
    ];
    for (const hold of others) assert.equal(names.open(hold), undefined);
  });

  test('opens nothing that anybody made up', () => {
    const good = names.seal('a');
    const changed = fc
      .tuple(fc.nat(good.length - 1), fc.constantFrom('A', 'B', 'a', '0', '-', '_', '.'))
      .map(([at, letter]) => good.slice(0, at) + letter + good.slice(at + 1))
      .filter((text) => text !== good);
    fc.assert(
      fc.property(fc.oneof(fc.string(), changed), (hold) => {
        assert.equal(names.open(hold), undefined);
      }),
    );
  });
});

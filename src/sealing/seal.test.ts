import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { ephemeralKeyRing } from './key-ring.fixture.ts';
import { createKeyRing, newSealingKey } from './key-ring.ts';
import { createSealer } from './seal.ts';

const nowMs = (): number => 0;

suite('createSealer()', () => {
  test('gives back what it sealed, to its owner and for its purpose only', () => {
    const sealer = createSealer(ephemeralKeyRing(nowMs));
    const text = fc.string({ unit: 'grapheme', maxLength: 200 });
    fc.assert(
      fc.property(text, text, text, text, text, (purpose, owner, value, otherPurpose, otherOwner) => {
        const sealed = sealer.seal(purpose, owner, value);
        assert.match(sealed, /^[A-Za-z0-9_-]+$/);
        assert.deepEqual(sealer.open(purpose, owner, sealed), { kind: 'opened', value });
        fc.pre(otherPurpose !== purpose && otherOwner !== owner);
        assert.deepEqual(sealer.open(otherPurpose, owner, sealed), { kind: 'unknown' });
        assert.deepEqual(sealer.open(purpose, otherOwner, sealed), { kind: 'not-owner' });
      }),
    );
  });

  test('seals one value differently each time', () => {
    const sealer = createSealer(ephemeralKeyRing(nowMs));
    assert.notEqual(sealer.seal('p', 'o', 'v'), sealer.seal('p', 'o', 'v'));
  });

  test('opens nothing that was changed anywhere', () => {
    const sealer = createSealer(ephemeralKeyRing(nowMs));
    const bytes = Buffer.from(sealer.seal('p', 'o', 'value'), 'base64url');
    const place = fc.record({ at: fc.nat(bytes.length - 1), bit: fc.nat(7) });
    fc.assert(
      fc.property(place, ({ at, bit }) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        assert.deepEqual(sealer.open('p', 'o', changed.toString('base64url')), { kind: 'unknown' });
      }),
    );
  });

  test('knows one spelling of a sealed name', () => {
    const sealer = createSealer(ephemeralKeyRing(nowMs));
    const sealed = sealer.seal('p', 'o', 'value');
    for (const spelling of [
      `${sealed}=`,
      `${sealed}A`,
      ` ${sealed}`,
      sealed.slice(0, -1),
      sealed.replaceAll('_', '/'),
    ]) {
      assert.equal(spelling === sealed || sealer.open('p', 'o', spelling).kind === 'unknown', true);
    }
  });

  test('takes any text for unknown', () => {
    const sealer = createSealer(ephemeralKeyRing(nowMs));
    const hostile = fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), fc.constantFrom('', '__proto__', 'AQ'));
    fc.assert(fc.property(hostile, (text) => assert.deepEqual(sealer.open('p', 'o', text), { kind: 'unknown' })));
  });

  test('opens what the key before sealed, and no longer what the one before that did', () => {
    const ring = ephemeralKeyRing(nowMs);
    const sealer = createSealer(ring);
    const sealed = sealer.seal('p', 'o', 'v');
    ring.rotate();
    assert.equal(sealer.open('p', 'o', sealed).kind, 'opened');
    ring.rotate();
    assert.equal(sealer.open('p', 'o', sealed).kind, 'unknown');
  });
});

suite('createKeyRing()', () => {
  test('stores uses before they are taken, and changes the key before it is used up', () => {
    const stored: { readonly key: string; readonly uses: number }[] = [];
    const ring = createKeyRing({
      keys: [newSealingKey(0)],
      store: ([{ id, usesReserved }]) => void stored.push({ key: id.toString('hex'), uses: usesReserved }),
      nowMs,
      reserve: 10,
      maxUses: 30,
    });
    const used = new Map<string, number>();
    for (let use = 0; use < 100; use += 1) {
      const key = ring.current().id.toString('hex');
      used.set(key, (used.get(key) ?? 0) + 1);
      assert.ok((used.get(key) ?? 0) <= (stored.findLast((entry) => entry.key === key)?.uses ?? 0));
    }
    assert.deepEqual([...used.values()], [30, 30, 30, 10]);
  });
});

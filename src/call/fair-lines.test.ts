import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { FairLines } from './fair-lines.ts';

suite('FairLines', () => {
  test('serves the lines in turn, each in its own order', () => {
    const lines = new FairLines<string>(10);
    for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) lines.join(item.charAt(0), item);
    const served = Array.from({ length: 7 }, () => lines.next());
    assert.deepEqual(served, ['a1', 'b1', 'c1', 'a2', 'b2', 'a3', undefined]);
  });

  test('turns away the last of the longest line when no more may wait', () => {
    const lines = new FairLines<string>(4);
    for (const item of ['a1', 'a2', 'a3', 'a4']) assert.equal(lines.join('a', item), undefined);
    assert.deepEqual([lines.join('a', 'a5'), lines.join('b', 'b1'), lines.join('c', 'c1')], ['a5', 'a4', 'a3']);
    assert.equal(lines.join('d', 'd1'), 'a2');
    assert.equal(lines.join('e', 'e1'), 'e1');
    assert.equal(lines.size, 4);
  });

  test('loses nothing and serves nothing twice, whatever joins and is served', () => {
    const step = fc.oneof(fc.constantFrom('a', 'b', 'c', 'd'), fc.constant(undefined));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), (steps, room) => {
        const lines = new FairLines<number>(room);
        const out: (number | undefined)[] = [];
        for (const [at, sender] of steps.entries())
          out.push(sender === undefined ? lines.next() : lines.join(sender, at));
        assert.ok(lines.size <= room);
        for (let left = lines.size; left > 0; left -= 1) out.push(lines.next());
        assert.equal(lines.next(), undefined);
        const joined = [...steps.keys()].filter((at) => steps[at] !== undefined);
        assert.deepEqual(
          out.filter((item) => item !== undefined).toSorted((a, b) => a - b),
          joined,
        );
      }),
    );
  });
});

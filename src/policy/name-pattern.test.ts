import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { couldName, covers, isEverything, isNamed, patternOf } from './name-pattern.ts';

const names = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 4 });
const patterns = fc.array(
  fc.tuple(names, fc.constantFrom('', '*')).map(([name, star]) => name + star),
  {
    minLength: 1,
    maxLength: 3,
  },
);

suite('isNamed()', () => {
  test('compares whole names, code unit by code unit', () => {
    const pattern = patternOf(['read_file', 'é']);
    assert.deepEqual(
      ['read_file', 'read_file2', 'Read_file', 'read_file ', 'e\u0301'].map((name) => isNamed(pattern, name)),
      [true, false, false, false, false],
    );
  });

  test('lets a trailing * stand for any rest, the empty one too', () => {
    const pattern = patternOf('read_*');
    assert.deepEqual(
      ['read_', 'read_file', 'unread_file'].map((name) => isNamed(pattern, name)),
      [true, true, false],
    );
    assert.ok(isEverything(patternOf(['a', '*'])));
  });
});

suite('covers()', () => {
  test('is true only when no name tells the two apart', () => {
    fc.assert(
      fc.property(patterns, patterns, names, (wide, narrow, name) => {
        fc.pre(covers(patternOf(wide), patternOf(narrow)) && isNamed(patternOf(narrow), name));
        assert.ok(isNamed(patternOf(wide), name));
      }),
    );
  });
});

suite('couldName()', () => {
  test('is true whenever some name with that start is named', () => {
    fc.assert(
      fc.property(patterns, names, names, (written, start, rest) => {
        fc.pre(isNamed(patternOf(written), start + rest));
        assert.ok(couldName(patternOf(written), start));
      }),
    );
  });
});

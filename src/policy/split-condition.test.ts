import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { splitCondition } from './split-condition.ts';

suite('splitCondition()', () => {
  for (const [what, source, parts] of [
    ['a conjunction', 'a == 1 && b', ['a == 1', 'b']],
    ['the weaker operator first', 'a && b || c && d', ['a && b', 'c && d']],
    ['not inside brackets', '(a || b) && [x && y].size() > 0', ['(a || b)', '[x && y].size() > 0']],
    ['not inside strings', `a == "x && y" && b == 'it\\'s || so'`, ['a == "x && y"', `b == 'it\\'s || so'`]],
    ['behind raw strings', String.raw`r"\" != a && b`, [String.raw`r"\" != a`, 'b']],
    ['nothing around a conditional', 'a ? b && c : d', ['a ? b && c : d']],
    ['past an optional selection', 'a.?b.orValue(1) == 1 && c', ['a.?b.orValue(1) == 1', 'c']],
  ] as const) {
    test(`takes apart ${what}`, () => assert.deepEqual(splitCondition(source), parts));
  }
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { usageCsv } from './usage-csv.ts';

const NOTHING = {
  allowed: 0,
  refused: 0,
  open: 0,
  refusals: [],
  outcomes: [],
  errors: 0,
  reply_bytes: 0,
  tokens: [],
  costs: [],
  taken: [],
};

function firstCell(agent: string | null): string {
  const [, line = ''] = usageCsv([{ ...NOTHING, group: { agent } }], ['agent']);
  return line.slice(0, line.indexOf(',0,0,0,0,0,'));
}

suite('usageCsv()', () => {
  test('makes no formula, row or cell of a text', () => {
    assert.equal(firstCell('=1+1'), `"'=1+1"`);
    assert.equal(firstCell('\uff1d1+1'), `"'\uff1d1+1"`);
    assert.equal(firstCell(' =1+1'), `"' =1+1"`);
    assert.equal(firstCell('a;=1+1'), '"a;=1+1"');
    assert.equal(firstCell('a,"b"'), '"a,""b"""');
    assert.equal(firstCell('a\r\nb\u202e'), 'a\\u{d}\\u{a}b\\u{202e}');
    assert.equal(firstCell('plain'), 'plain');
    assert.equal(firstCell(null), '');
  });
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { envoyLine, logLine } from './lines-of.ts';

suite('lines of a call', () => {
  test('have names of members without what a terminal acts on, and bounded', () => {
    const name = `\u001b[2J${'n'.repeat(200)}`;
    const line = { decision_id: 'd', time: '2026-11-25T08:00:00.000Z', [name]: 'v' };
    const shown = `\\u{1b}[2J${'n'.repeat(96)}…(+104)=v`;
    assert.equal(envoyLine(line, 'd')?.text, shown);
    assert.equal(logLine({ ...line, level: 'info', msg: 'm' }, 'd')?.text, `info  m  ${shown}`);
  });
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CommandError } from '../command-error.ts';
import { readMoment } from './read-moment.ts';

const NOW_MS = Date.parse('2026-11-25T12:00:00Z');

suite('readMoment()', () => {
  for (const [text, moment] of [
    ['2026-11-25', '2026-11-25T00:00:00Z'],
    ['2026-11-25T08:00Z', '2026-11-25T08:00:00Z'],
    ['2026-11-25T08:00:00.5+02:00', '2026-11-25T06:00:00.500Z'],
    ['90s', '2026-11-25T11:58:30Z'],
    ['24h', '2026-11-24T12:00:00Z'],
    ['7d', '2026-11-18T12:00:00Z'],
  ] as const) {
    test(text, () => assert.equal(readMoment('--since', text, NOW_MS), Date.parse(moment)));
  }

  for (const text of ['yesterday', '', '24', '2026-13-40', '2026-11-25T08:00:00', '-1h', '1e3s']) {
    test(`is not ${JSON.stringify(text)}`, () =>
      assert.throws(() => readMoment('--since', text, NOW_MS), CommandError));
  }
});

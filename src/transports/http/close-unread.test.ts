import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { closeUnread } from './close-unread.ts';

const REPLY = { status: 403, headers: [], body: new Uint8Array(0) };

suite('closeUnread()', () => {
  for (const [what, complete, headers, close] of [
    ['a large body', false, { 'content-length': '65537' }, true],
    ['a body of a length that nobody knows', false, { 'transfer-encoding': 'chunked' }, true],
    ['a small body', false, { 'content-length': '65536' }, undefined],
    ['no body', false, {}, undefined],
    ['nothing any more of a large body', true, { 'content-length': '65537' }, undefined],
  ] as const) {
    test(`${close === true ? 'ends' : 'keeps'} a connection on which ${what} is left to read`, () => {
      assert.equal(closeUnread({ complete, headers }, REPLY).close, close);
    });
  }

  test('keeps an end that was meant anyway', () => {
    assert.equal(closeUnread({ complete: true, headers: {} }, { ...REPLY, close: true }).close, true);
  });
});

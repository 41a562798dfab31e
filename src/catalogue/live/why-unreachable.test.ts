import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { whyUnreachable } from './why-unreachable.ts';

const withCode = (code: string): Error => Object.assign(new Error('low'), { code });

suite('whyUnreachable()', () => {
  test('finds the reason below what a client made of it', () => {
    const cause = new TypeError('fetch failed', { cause: withCode('ECONNREFUSED') });
    assert.equal(whyUnreachable(cause), 'nothing listens there (ECONNREFUSED). Is the server running?');
  });

  test('looks at the first of several addresses', () => {
    const cause = new TypeError('fetch failed', { cause: new AggregateError([withCode('ENOTFOUND')]) });
    assert.match(whyUnreachable(cause) ?? '', /no such host/);
  });

  test('says nothing of other errors', () => {
    assert.equal(whyUnreachable(new Error('no')), undefined);
    assert.equal(whyUnreachable('no'), undefined);
  });
});

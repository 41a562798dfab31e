import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { codeOf, errorOf, messageOf } from './cause.ts';

suite('messageOf()', () => {
  test('is the message of an error, and the text of anything else', () => {
    assert.equal(messageOf(new TypeError('no')), 'no');
    assert.equal(messageOf('thrown text'), 'thrown text');
    assert.equal(messageOf(undefined), 'undefined');
  });
});

suite('errorOf()', () => {
  test('gives an error back as it is', () => {
    const error = new TypeError('no');
    assert.equal(errorOf(error), error);
  });

  test('makes one of anything else', () => {
    assert.deepEqual(errorOf('thrown text'), new Error('thrown text'));
  });
});

suite('codeOf()', () => {
  test('is the code of an error', () => {
    assert.equal(codeOf(Object.assign(new Error('no such file'), { code: 'ENOENT' })), 'ENOENT');
  });

  test('is undefined for an error without one, and for what is no error', () => {
    assert.equal(codeOf(new Error('ENOENT')), undefined);
    assert.equal(codeOf({ code: 'ENOENT' }), undefined);
  });
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isPlainUri } from './plain-uri.ts';

suite('isPlainUri()', () => {
  for (const uri of [
    'file:///workspace/a.txt',
    'test://static-resource',
    'docs:guide/intro',
    'https://example.com/a?b=../c#..',
    'file:///workspace/a..b/...',
    'file:///caf%C3%A9/50%25',
  ]) {
    test(`accepts ${uri}`, () => assert.equal(isPlainUri(uri), true));
  }

  for (const uri of [
    'file:///workspace/../etc/passwd',
    'file:///workspace/%2e%2e/etc/passwd',
    'file:///workspace/%2E./etc/passwd',
    'file:///workspace/./a',
    'file:///workspace/..',
    'docs:../secret',
    'file:///workspace%2f..%2fetc',
    'file:///workspace\\..\\etc',
    'file:///workspace/%5c..',
    'https://good.example@evil.example/',
    'file:///a\tb',
    'file:///a%00b',
    ' file:///a',
  ]) {
    test(`refuses ${JSON.stringify(uri)}`, () => assert.equal(isPlainUri(uri), false));
  }
});

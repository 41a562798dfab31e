import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { isPlainUri, uriFault } from './plain-uri.ts';

suite('isPlainUri()', () => {
  for (const uri of [
    'file:///workspace/a.txt',
    'file:///',
    'file:///workspace/a..b/...',
    'file:///caf%C3%A9/50%25',
    'file:///my%20notes/a%3Fb%23c',
    'file:///C:/a',
    'test://static-resource',
    'test://template/1/data',
    'docs:guide/intro',
    'memo:x',
    'memo:x#part',
    'note://list/My-Note',
    'urn:uuid:0c9e8b0a',
    'https://example.com/a?b=../c',
    'https://example.com/',
    'git://repo/tree?ref=main%26x',
  ]) {
    test(`accepts ${uri}`, () => assert.equal(isPlainUri(uri), true));
  }

  for (const uri of [
    'file:///workspace/../etc/passwd',
    'file:///workspace/%2e%2e/etc/passwd',
    'file:///workspace/%2E./etc/passwd',
    'file:///workspace/./a',
    'file:///workspace/..',
    'file:///workspace/a?/../../../etc/passwd',
    'file:///workspace/a#/../../../etc/passwd',
    'file:///workspace/..;/etc',
    'memo://workspace/a?/../../etc',
    'memo:a#/../b',
    'docs:../secret',
    'file:///workspace%2f..%2fetc',
    'file:///workspace%2F..%2Fetc',
    'file:///workspace\\..\\etc',
    'file:///workspace/%5c..',
    'https://good.example@evil.example/',
    'memo://user@notes/x',
    'file:///a\tb',
    'file:///a%00b',
    ' file:///a',
    'file:///a ',
    'FILE:///secret/a',
    'File:///secret/a',
    'file:/secret/a',
    'file:secret/a',
    'file://secret/a',
    'file://localhost/secret/a',
    'file://LOCALHOST/secret/a',
    'file:////secret/a',
    'file:///secret//a',
    'file:///secret/',
    'file:///s%65cret/a',
    'file:///s%2565cret/a',
    'file:///secret%21',
    'file:///caf%c3%a9',
    'file:///caf%C3',
    'file:///cafe%CC%81',
    'file:///%C0%AE%C0%AE/etc',
    'file:///%EF%BC%8E%EF%BC%8E/etc',
    'file:///\u200bsecret/a',
    'file:///%E2%80%8Bsecret/a',
    'file:///sec%C2%ADret',
    'file:///secret/a%EF%B8%8F',
    'file:///caf\u00e9',
    'file:///secret?',
    'https://example.com',
    'https://EXAMPLE.com/',
    'https://example.com:443/a',
    'https://example.com/a#b',
    'https://example.com/a?',
    'https:example.com/a',
    'https://ex%61mple.com/',
    'memo://Notes/x',
    'memo://notes:/x',
    'memo://notes//x',
    'memo:x#',
    'MEMO:x',
    '/secret/a',
    'secret',
    '',
    `memo:${'x'.repeat(9_000)}`,
  ]) {
    test(`refuses ${JSON.stringify(uri).slice(0, 80)}`, () => assert.equal(isPlainUri(uri), false));
  }

  test('accepts no two URIs that the URL standard reads alike', () => {
    const part = fc.constantFrom(
      'a',
      'A',
      '/',
      '//',
      '.',
      '..',
      '%61',
      '%2e',
      '?',
      '#',
      ';',
      '@',
      ':',
      '\\',
      '\t',
      'é',
    );
    const uri = fc
      .tuple(fc.constantFrom('file:', 'FILE:', 'https://a', 'memo://a', 'memo:'), fc.array(part, { maxLength: 6 }))
      .map(([scheme, parts]) => scheme + parts.join(''));
    fc.assert(
      fc.property(uri, (text) => {
        fc.pre(isPlainUri(text));
        assert.equal(new URL(text).href, text);
        assert.equal(/(?:^|[/?#])\.{1,2}(?:$|[/?#])/.test(text.replace(/^[a-z]+:/, '')), false);
      }),
      { numRuns: 2_000 },
    );
  });
});

suite('uriFault()', () => {
  test('says how it is written otherwise, where that is known', () => {
    assert.equal(uriFault('FILE:/a/b')?.normal, 'file:///a/b');
    assert.equal(uriFault('https://example.com')?.normal, 'https://example.com/');
    assert.equal(uriFault('file:///caf\u00e9')?.normal, 'file:///caf%C3%A9');
    assert.equal(uriFault('secret')?.normal, undefined);
  });
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { keySetUrl } from './key-set-url.ts';

suite('keySetUrl()', () => {
  for (const url of [
    'https://sts.example/jwks.json',
    'http://localhost:8080/jwks.json',
    'http://127.0.0.1/jwks.json',
    'http://127.9.9.9/jwks.json',
    'http://[::1]:1/jwks.json',
  ]) {
    test(`takes ${url}`, () => {
      assert.equal(keySetUrl(url, { allowHttp: false }).href, url);
    });
  }

  for (const url of [
    'http://sts.example/jwks.json',
    'http://localhost.evil.example/jwks.json',
    'http://10.0.0.1/jwks.json',
    'http://[::ffff:10.0.0.1]/jwks.json',
    'https://user:secret@sts.example/jwks.json',
    'file:///etc/jwks.json',
    'jwks.json',
  ]) {
    test(`refuses ${url}`, () => {
      assert.throws(() => keySetUrl(url, { allowHttp: false }));
    });
  }

  test('takes http elsewhere only when told so', () => {
    assert.equal(keySetUrl('http://sts.example/', { allowHttp: true }).hostname, 'sts.example');
  });
});

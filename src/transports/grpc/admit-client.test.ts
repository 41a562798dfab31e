import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { suite, test } from 'node:test';
import { makeAuthority } from '../proxy/certificates.fixture.ts';
import { isAdmitted } from './admit-client.ts';

const ID = 'spiffe://acme/envoy';

suite('isAdmitted()', () => {
  test('takes an X.509-SVID whose id is named', () => {
    const authority = makeAuthority('clients');
    const admitted = [
      [`uri:${ID}`],
      ['dns:a', `uri:${ID}`],
      [`uri:${ID}/`],
      [`uri:${ID}`, `uri:${ID}`],
      [`uri:${ID.toUpperCase()}`],
      [`dns:a, URI:${ID}, b`],
      [],
    ].map((names) => isAdmitted(new X509Certificate(authority.issue('a', names).cert), new Set([ID])));
    assert.deepEqual(admitted, [true, true, false, false, false, false, false]);
  });
});

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { suite, test } from 'node:test';
import { type CertificateKeys, makeAuthority } from '../proxy/certificates.fixture.ts';
import { maySignCertificates } from './key-usage.ts';

suite('maySignCertificates()', () => {
  test('reads the key usage, with keys of each kind', () => {
    for (const keys of ['Ed25519', 'P-256'] as const satisfies CertificateKeys[]) {
      const authority = makeAuthority('clients', keys);
      const signing = [undefined, 0x80, 0x04, 0x02, 0x84, 0xf9, 0x06].map((keyUsage) => {
        const { cert } = authority.issue('a', ['dns:a'], keyUsage === undefined ? {} : { keyUsage });
        return maySignCertificates(new X509Certificate(cert));
      });
      assert.deepEqual(signing, [false, false, true, true, true, false, true]);
    }
  });
});

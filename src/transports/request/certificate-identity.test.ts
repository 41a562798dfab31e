import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { suite, test } from 'node:test';
import { type CertificateTraits, makeAuthority } from '../proxy/certificates.fixture.ts';
import { certificateIdentity } from './certificate-identity.ts';

const ID = 'spiffe://acme/agent/report';
const authority = makeAuthority('agents');
const idOf = (names: readonly string[], traits?: CertificateTraits): string | undefined =>
  certificateIdentity(new X509Certificate(authority.issue('a', names, traits).cert)).spiffeId;

suite('certificateIdentity()', () => {
  test('reads the SPIFFE id of a leaf that has one', () => {
    for (const traits of [{}, { keyUsage: 0x80 }, { keyUsage: 0xa8 }]) assert.equal(idOf([`uri:${ID}`], traits), ID);
  });

  test('reads none from what is no X.509-SVID', () => {
    assert.equal(idOf([`uri:${ID}`], { isCa: true }), undefined);
    assert.equal(idOf([`uri:${ID}`], { keyUsage: 0x84 }), undefined);
    assert.equal(idOf([`uri:${ID}`], { keyUsage: 0x82 }), undefined);
    assert.equal(idOf([`uri:${ID}`, `uri:${ID}`]), undefined);
    assert.equal(idOf([`uri:${ID}`, 'uri:https://acme.example/']), undefined);
    assert.equal(idOf(['uri:spiffe://acme']), undefined);
    assert.equal(idOf([`dns:${ID}`]), undefined);
  });

  test('has the thumbprint of every certificate', () => {
    const { cert } = authority.issue('a', ['dns:a'], { isCa: true });
    const { certificateSha256 } = certificateIdentity(new X509Certificate(cert));
    assert.match(certificateSha256, /^[A-Za-z0-9_-]{43}$/);
  });
});

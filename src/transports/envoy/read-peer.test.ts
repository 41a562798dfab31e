import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SELF_SIGNED_DER, SELF_SIGNED_SHA256 } from '../../capability/self-signed.fixture.ts';
import { makeAuthority } from '../proxy/certificates.fixture.ts';
import { createReadPeer } from './read-peer.ts';
import type { EnvoyPeer } from './envoy-peer.ts';

const PEM = `-----BEGIN CERTIFICATE-----\n${SELF_SIGNED_DER.replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
const SVID = 'spiffe://acme/agent/report';
const authority = makeAuthority('agents');

function source(certificate: string): EnvoyPeer {
  return {
    address: { kind: 'socket', address: '10.1.2.3', port: 41000 },
    service: 'spiffe://acme/forged',
    principal: 'spiffe://acme/forged',
    certificate: encodeURIComponent(certificate),
  };
}

const spiffeIdIn = (names: readonly string[]): string | undefined =>
  createReadPeer('verified')(source(authority.issue('report', names).cert)).spiffeId;

suite('createReadPeer()', () => {
  test('reads the thumbprint from the certificate itself, the first time and the next', () => {
    const readPeer = createReadPeer('verified');
    for (const _ of [1, 2]) {
      assert.deepEqual(readPeer(source(PEM)), { address: '10.1.2.3', certificateSha256: SELF_SIGNED_SHA256 });
    }
  });

  test('reads the SPIFFE id of an X.509-SVID, and of nothing else', () => {
    assert.equal(spiffeIdIn([`uri:${SVID}`]), SVID);
    assert.equal(spiffeIdIn([`uri:${SVID}`, 'dns:report.example']), SVID);
    assert.equal(spiffeIdIn([`uri:${SVID}`, 'uri:https://report.example']), undefined);
    assert.equal(spiffeIdIn(['dns:report.example']), undefined);
    assert.equal(spiffeIdIn(['uri:spiffe://acme']), undefined);
    assert.equal(spiffeIdIn([`dns:a, URI:${SVID}`]), undefined);
  });

  test('does not believe a certificate that nobody need have verified', () => {
    assert.deepEqual(createReadPeer('ignored')(source(PEM)), { address: '10.1.2.3' });
  });

  test('throws when a certificate cannot be read', () => {
    const readPeer = createReadPeer('verified');
    for (const text of ['no PEM', PEM.slice(0, 100)]) assert.throws(() => readPeer(source(text)));
    assert.throws(() => readPeer({ ...source(''), certificate: '%zz' }), URIError);
  });

  test('knows no address but that of an IP connection', () => {
    const peer = createReadPeer('verified')({ ...source(''), address: { kind: 'pipe', path: '/run/x' } });
    assert.deepEqual(peer, { address: '' });
  });
});

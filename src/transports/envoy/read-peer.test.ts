import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SELF_SIGNED_DER, SELF_SIGNED_SHA256 } from '../../capability/self-signed.fixture.ts';
import { type CertificateTraits, makeAuthority } from '../proxy/certificates.fixture.ts';
import type { EnvoyPeer } from './envoy-peer.ts';
import { type ClientCertificates, createReadPeer } from './read-peer.ts';

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

const NOW = { nowMs: () => Date.now() };
const readerOf = (certificates: ClientCertificates, clock = NOW) => createReadPeer(certificates, clock);
const spiffeIdIn = (names: readonly string[], traits?: CertificateTraits): string | undefined =>
  readerOf('verified')(source(authority.issue('report', names, traits).cert), []).spiffeId;
const xfcc = (value: string) => [['x-forwarded-client-cert', value]] as const;
/** As Envoy writes it with `set_current_client_cert_details: { cert, subject, uri, dns }`. */
const forwarded = (pem: string, more = ''): string =>
  `Hash=ab;Cert="${encodeURIComponent(pem)}";Subject="CN=a\\",O=\\"b;c";URI=spiffe://acme/forged;DNS=a${more}`;

suite('createReadPeer()', () => {
  test('reads the thumbprint from the certificate itself, the first time and the next', () => {
    const readPeer = readerOf('verified');
    for (const _ of [1, 2]) {
      assert.deepEqual(readPeer(source(PEM), []), { address: '10.1.2.3', certificateSha256: SELF_SIGNED_SHA256 });
    }
  });

  test('reads the SPIFFE id of an X.509-SVID, and of nothing else', () => {
    assert.equal(spiffeIdIn([`uri:${SVID}`]), SVID);
    assert.equal(spiffeIdIn([`uri:${SVID}`, 'dns:report.example']), SVID);
    assert.equal(spiffeIdIn([`uri:${SVID}`, 'uri:https://report.example']), undefined);
    assert.equal(spiffeIdIn(['dns:report.example']), undefined);
    assert.equal(spiffeIdIn(['uri:spiffe://acme']), undefined);
    assert.equal(spiffeIdIn([`dns:a, URI:${SVID}`]), undefined);
    assert.equal(spiffeIdIn([`uri:${SVID}`], { isCa: true }), undefined);
    assert.equal(spiffeIdIn([`uri:${SVID}`], { keyUsage: 0x84 }), undefined);
  });

  test('does not believe a certificate that nobody need have verified', () => {
    assert.deepEqual(readerOf('ignored')(source(PEM), xfcc(forwarded(PEM))), { address: '10.1.2.3' });
  });

  test('throws when a certificate cannot be read', () => {
    const readPeer = readerOf('verified');
    for (const text of ['no PEM', PEM.slice(0, 100)]) assert.throws(() => readPeer(source(text), []));
    assert.throws(() => readPeer({ ...source(''), certificate: '%zz' }, []), URIError);
  });

  test('knows no address but that of an IP connection', () => {
    const peer = readerOf('verified')({ ...source(''), address: { kind: 'pipe', path: '/run/x' } }, []);
    assert.deepEqual(peer, { address: '' });
  });

  test('has nobody by a certificate that has ended meanwhile', () => {
    let nowMs = Date.now();
    const readPeer = readerOf('verified', { nowMs: () => nowMs });
    const report = source(authority.issue('report', [`uri:${SVID}`], { endsInMs: 60_000 }).cert);
    assert.equal(readPeer(report, []).spiffeId, SVID);
    nowMs += 61_000;
    assert.deepEqual(readPeer(report, []), { address: '10.1.2.3' });
  });

  test('takes x-forwarded-client-cert for nothing unless it is declared', () => {
    const { cert } = authority.issue('report', [`uri:${SVID}`]);
    const none = source('');
    for (const certificates of ['verified', 'ignored'] as const) {
      assert.deepEqual(readerOf(certificates)(none, xfcc(forwarded(cert))), { address: '10.1.2.3' });
    }
    assert.equal(readerOf('xfcc_sanitize_set')(none, xfcc(forwarded(cert))).spiffeId, SVID);
  });

  test('reads the certificate in x-forwarded-client-cert, and nothing that is said of it there', () => {
    const { cert } = authority.issue('report', ['dns:report.example']);
    const { spiffeId, certificateSha256 } = readerOf('xfcc_sanitize_set')(source(''), xfcc(forwarded(cert)));
    assert.deepEqual([spiffeId, certificateSha256?.length], [undefined, 43]);
    assert.deepEqual(readerOf('xfcc_sanitize_set')(source(''), []), { address: '10.1.2.3' });
  });

  test('throws when x-forwarded-client-cert is not what such a listener writes', () => {
    const { cert } = authority.issue('report', [`uri:${SVID}`]);
    const one = forwarded(cert);
    const readPeer = readerOf('xfcc_sanitize_set');
    for (const headers of [
      [...xfcc(one), ...xfcc(one)],
      xfcc(`${one},${one}`),
      xfcc(`Hash=ab;URI=${SVID}`),
      xfcc(`${one};Cert="${encodeURIComponent(cert)}"`),
      xfcc(''),
      xfcc(`${one};`),
      xfcc(`Cert="${encodeURIComponent(cert)}`),
      xfcc('Cert=""x'),
    ]) {
      assert.throws(() => readPeer(source(''), headers), RangeError, JSON.stringify(headers).slice(-60));
    }
  });

  test('throws when x-forwarded-client-cert is of another certificate than the connection', () => {
    const [own, other] = ['own', 'other'].map((name) => authority.issue(name, [`uri:spiffe://acme/${name}`]).cert);
    const readPeer = readerOf('xfcc_sanitize_set');
    assert.equal(readPeer(source(own ?? ''), xfcc(forwarded(own ?? ''))).spiffeId, 'spiffe://acme/own');
    assert.throws(() => readPeer(source(own ?? ''), xfcc(forwarded(other ?? ''))), RangeError);
    assert.throws(() => readPeer(source(own ?? ''), []), RangeError);
  });

  test('never takes long over x-forwarded-client-cert', () => {
    const readPeer = readerOf('xfcc_sanitize_set');
    for (const text of ['Cert="'.repeat(10_000), `Cert="${'\\"'.repeat(30_000)}`, 'a=b;'.repeat(15_000)]) {
      assert.throws(() => readPeer(source(''), xfcc(text)), RangeError);
    }
  });
});

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import type { Certificate } from '../../src/transports/proxy/certificates.fixture.ts';
import { certificateIdentity } from '../../src/transports/request/certificate-identity.ts';
import { callWithCertificate } from './call-with-certificate.ts';
import { bodyOf, callEcho, statusOf } from './echo-call.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { type RecordedUpstream, startRecorded } from './recorded-upstream.ts';
import { WIRINGS } from '../e2e/carriers.ts';
import { type Guarded, startGuarded } from './start-guarded.ts';
import { newIssuer, RESOURCE } from './token-issuer.ts';

const SVID = 'spiffe://acme/agent/report';
const POLICY = `apiVersion: sallyport/v1
kind: Policy
metadata: { name: bound }
rules:
  - { id: echo, match: { tool: echo }, effect: allow, when: 'has(principal.spiffe) && principal.spiffe == "${SVID}"' }
`;

const issuer = newIssuer();
const boundTo = ({ cert }: Certificate): Promise<string> => {
  const { certificateSha256 } = certificateIdentity(new X509Certificate(cert));
  return issuer.token({ claims: { cnf: { 'x5t#S256': certificateSha256 } } });
};
/** As Envoy would write it. */
const xfccOf = ({ cert }: Certificate): string => `Hash=ab;Cert="${encodeURIComponent(cert)}";URI=${SVID}`;

/** Envoy writes what `mode` says into the header, and shows Sallyport no certificate otherwise. */
const writing =
  (mode: string, details = '{ cert: true, subject: true, uri: true, dns: true }') =>
  (text: string): string =>
    text
      .replaceAll(
        /( *)forward_client_cert_details: SANITIZE\n/g,
        `$1forward_client_cert_details: ${mode}\n$1set_current_client_cert_details: ${details}\n`,
      )
      .replaceAll('include_peer_certificate: true', 'include_peer_certificate: false')
      .replaceAll(/ *- connection\.peer_certificate\n/g, '');

for (const wiring of WIRINGS) {
  suite(`x-forwarded-client-cert (${wiring})`, { skip: whyNoEnvoy() }, () => {
    let upstream: RecordedUpstream;
    let guarded: Guarded;
    before(async () => {
      upstream = await startRecorded();
      guarded = await start('client_certificates: xfcc_sanitize_set', writing('SANITIZE_SET'));
    });
    after(async () => {
      await guarded[Symbol.asyncDispose]();
      await upstream.close();
    });

    const start = async (field: string, edit: (text: string) => string): Promise<Guarded> =>
      await startGuarded({
        upstream: upstream.url,
        wiring,
        policy: POLICY,
        serverLines: [`resource: ${RESOURCE}`],
        files: issuer.files,
        more: issuer.more,
        door: [field],
        edit,
      });
    const agent = (to: Guarded, id = SVID): Certificate => to.envoy.agents.issue('report', [`uri:${id}`]);

    test('of a listener that is said to write it holds the certificate of the agent', async () => {
      await upstream.forget();
      const own = agent(guarded);
      const { status, body } = await callWithCertificate(guarded.envoy, own, await boundTo(own));
      assert.deepEqual([status, body.includes('"isError":true')], [200, false], body);
      const names = upstream.seen.flatMap(({ headers }) => headers.map(([name]) => name));
      assert.equal(names.includes('x-forwarded-client-cert'), false);
    });

    test('is written over when the agent sends one', async () => {
      const [own, other] = [agent(guarded), agent(guarded, 'spiffe://acme/agent/audit')];
      const forged = await callWithCertificate(guarded.envoy, other, await boundTo(own), xfccOf(own));
      assert.equal(forged.status, 401);
      assert.match(forged.body, /token\.proof-missing/);
      const needless = await callWithCertificate(guarded.envoy, own, await boundTo(own), xfccOf(other));
      assert.equal(needless.status, 200, needless.body);
    });

    test('is taken away where there is no client certificate', async () => {
      const own = agent(guarded);
      const answer = await callEcho(guarded.envoy.url, {
        'host': 'tools.example',
        'authorization': `Bearer ${await boundTo(own)}`,
        'x-forwarded-client-cert': xfccOf(own),
      });
      assert.equal(statusOf(answer), 401);
      assert.match(bodyOf(answer), /token\.proof-missing/);
    });

    test('names nobody on a listener that is not said to write it', async () => {
      for (const field of ['client_certificates: verified', 'client_certificates: ignored']) {
        await using other = await start(field, writing('SANITIZE_SET'));
        const own = agent(other);
        const { status, body } = await callWithCertificate(other.envoy, own, await boundTo(own), xfccOf(own));
        assert.equal(status, 401);
        assert.match(body, /token\.proof-missing/);
      }
    });

    test('is a Fault when the listener does not write it as is said', async () => {
      for (const edit of [writing('APPEND_FORWARD'), writing('SANITIZE_SET', '{ subject: true, uri: true }')]) {
        await using other = await start('client_certificates: xfcc_sanitize_set', edit);
        await upstream.forget();
        const [own, shown] = [agent(other), agent(other, 'spiffe://acme/agent/audit')];
        const { status, body } = await callWithCertificate(other.envoy, shown, await boundTo(own), xfccOf(own));
        assert.equal(status, 503);
        assert.match(body, /fault\.internal/);
        assert.deepEqual(upstream.seen, []);
      }
    });

    test('is a Fault when Envoy shows another certificate than is in it', async () => {
      const forwarding = (text: string): string =>
        text.replaceAll('cert_details: SANITIZE', 'cert_details: FORWARD_ONLY');
      await using other = await start('client_certificates: xfcc_sanitize_set', forwarding);
      await upstream.forget();
      const [own, shown] = [agent(other), agent(other, 'spiffe://acme/agent/audit')];
      for (const xfcc of [xfccOf(own), undefined]) {
        const { status, body } = await callWithCertificate(other.envoy, shown, await boundTo(own), xfcc);
        assert.equal(status, 503, body);
      }
      assert.deepEqual(upstream.seen, []);
    });

    test('may be the very certificate that Envoy shows', async () => {
      const both = (text: string): string =>
        text.replaceAll(
          /( *)forward_client_cert_details: SANITIZE\n/g,
          '$1forward_client_cert_details: SANITIZE_SET\n$1set_current_client_cert_details: { cert: true }\n',
        );
      await using other = await start('client_certificates: xfcc_sanitize_set', both);
      const own = agent(other);
      const { status, body } = await callWithCertificate(other.envoy, own, await boundTo(own));
      assert.equal(status, 200, body);
    });
  });
}

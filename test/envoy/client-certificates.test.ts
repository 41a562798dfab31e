import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { Agent } from 'node:https';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { certificateIdentity } from '../../src/transports/request/certificate-identity.ts';
import { type Certificate, makeAuthority } from '../../src/transports/proxy/certificates.fixture.ts';
import { callWithCertificate } from './call-with-certificate.ts';
import { type RecordedUpstream, startRecorded } from './recorded-upstream.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { WIRINGS } from '../e2e/carriers.ts';
import { type Guarded, type GuardedOptions, startGuarded } from './start-guarded.ts';
import { newIssuer, RESOURCE } from './token-issuer.ts';

const SVID = 'spiffe://acme/agent/report';
const POLICY = `apiVersion: sallyport/v1
kind: Policy
metadata: { name: bound }
rules:
  - { id: echo, match: { tool: echo }, effect: allow, when: 'has(principal.spiffe) && principal.spiffe == "${SVID}"' }
`;

const issuer = newIssuer();
const thumbprint = ({ cert }: Certificate): string => certificateIdentity(new X509Certificate(cert)).certificateSha256;
const boundTo = (certificate: Certificate): Promise<string> =>
  issuer.token({ claims: { cnf: { 'x5t#S256': thumbprint(certificate) } } });

for (const wiring of WIRINGS) {
  suite(`a client certificate that Envoy verified (${wiring})`, { skip: whyNoEnvoy() }, () => {
    let upstream: RecordedUpstream;
    let guarded: Guarded;
    let ignoring: Guarded;
    let own: Certificate;
    let other: Certificate;
    before(async () => {
      upstream = await startRecorded();
      const { files, more } = issuer;
      const options: GuardedOptions = {
        upstream: upstream.url,
        wiring,
        policy: POLICY,
        serverLines: [`resource: ${RESOURCE}`],
        files,
        more,
      };
      guarded = await startGuarded({ ...options, door: ['client_certificates: verified'] });
      ignoring = await startGuarded(options);
      own = guarded.envoy.agents.issue('report', [`uri:${SVID}`]);
      other = guarded.envoy.agents.issue('audit', ['uri:spiffe://acme/agent/audit']);
    });
    after(async () => {
      await ignoring[Symbol.asyncDispose]();
      await guarded[Symbol.asyncDispose]();
      await upstream.close();
    });

    test('proves the holder of a token that is bound to it, and names its SPIFFE id to the rules', async () => {
      const { status, body } = await callWithCertificate(guarded.envoy, own, await boundTo(own));
      assert.deepEqual([status, body.includes('"isError":true')], [200, false], body);
    });

    test('proves nothing for a token that is bound to another', async () => {
      const { status, body } = await callWithCertificate(guarded.envoy, other, await boundTo(own));
      assert.equal(status, 401);
      assert.match(body, /token\.proof-missing/);
    });

    test('is not taken from a header, whatever that says', async () => {
      await upstream.forget();
      const xfcc = `Hash=${Buffer.from(thumbprint(own), 'base64url').toString('hex')};URI=${SVID};Cert="${encodeURIComponent(own.cert)}"`;
      const { status } = await callWithCertificate(guarded.envoy, other, await boundTo(own), xfcc);
      assert.equal(status, 401);
      await callWithCertificate(guarded.envoy, own, await boundTo(own), xfcc);
      assert.deepEqual(
        upstream.seen.flatMap(({ headers }) => headers).filter(([name]) => /client-cert/.test(name)),
        [],
      );
    });

    test('counts for nothing unless the listener says that Envoy verifies them all', async () => {
      const certificate = ignoring.envoy.agents.issue('report', [`uri:${SVID}`]);
      const { status, body } = await callWithCertificate(ignoring.envoy, certificate, await boundTo(certificate));
      assert.equal(status, 401);
      assert.match(body, /token\.proof-missing/);
    });

    test('proves nothing once it has ended, on a connection that was made before', { timeout: 60_000 }, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const ending = guarded.envoy.agents.issue('report', [`uri:${SVID}`], { endsInMs: 5000 });
      const { validToDate } = new X509Certificate(ending.cert);
      const token = await boundTo(ending);
      const call = () => callWithCertificate(guarded.envoy, ending, token, undefined, agent);
      let answered = await call();
      assert.equal(answered.status, 200);
      while (answered.status === 200) {
        await pause(50);
        const askedAtMs = Date.now();
        answered = await call();
        assert.ok(answered.status !== 200 || askedAtMs < validToDate.getTime(), 'it counts although it has ended');
      }
      assert.equal(answered.status, 401);
      assert.match(answered.body, /token\.proof-missing/);
      agent.destroy();
    });

    test('of another authority gets no answer at all', async () => {
      const stranger = makeAuthority('strangers', 'P-256').issue('report', [`uri:${SVID}`]);
      await assert.rejects(
        callWithCertificate(guarded.envoy, stranger, await boundTo(stranger)),
        /alert|ECONNRESET|hang up/,
      );
    });
  });
}

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import { after, before, suite, test } from 'node:test';
import { certificateIdentity } from '../../src/transports/request/certificate-identity.ts';
import { type Certificate, makeAuthority } from '../../src/transports/proxy/certificates.fixture.ts';
import { callText } from '../attacks/raw-request.ts';
import { type RecordedUpstream, startRecorded } from './recorded-upstream.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { WIRINGS } from './start-behind-envoy.ts';
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

interface Asked {
  readonly status: number;
  readonly body: string;
}

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

    const call = async (to: Guarded, certificate: Certificate, token: string, xfcc?: string): Promise<Asked> => {
      const { promise, resolve, reject } = Promise.withResolvers<Asked>();
      const asked = request(new URL(to.envoy.tlsUrl), {
        method: 'POST',
        servername: 'localhost',
        ca: to.envoy.agents.ca,
        ...certificate,
        agent: false,
        headers: {
          'host': 'tools.example',
          'authorization': `Bearer ${token}`,
          'content-type': 'application/json',
          'accept': 'application/json, text/event-stream',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'tools/call',
          'mcp-name': 'echo',
          ...(xfcc === undefined ? {} : { 'x-forwarded-client-cert': xfcc }),
        },
      });
      asked.on('error', reject).on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      });
      const peer = { era: 'modern', url: '', headers: [] } as const;
      asked.end(callText(peer, '"name":"echo","arguments":{"text":"hi"}'));
      return await promise;
    };

    test('proves the holder of a token that is bound to it, and names its SPIFFE id to the rules', async () => {
      const { status, body } = await call(guarded, own, await boundTo(own));
      assert.deepEqual([status, body.includes('"isError":true')], [200, false], body);
    });

    test('proves nothing for a token that is bound to another', async () => {
      const { status, body } = await call(guarded, other, await boundTo(own));
      assert.equal(status, 401);
      assert.match(body, /token\.proof-missing/);
    });

    test('is not taken from a header, whatever that says', async () => {
      await upstream.forget();
      const xfcc = `Hash=${Buffer.from(thumbprint(own), 'base64url').toString('hex')};URI=${SVID};Cert="${encodeURIComponent(own.cert)}"`;
      const { status } = await call(guarded, other, await boundTo(own), xfcc);
      assert.equal(status, 401);
      await call(guarded, own, await boundTo(own), xfcc);
      assert.deepEqual(
        upstream.seen.flatMap(({ headers }) => headers).filter(([name]) => /client-cert/.test(name)),
        [],
      );
    });

    test('counts for nothing unless the listener says that Envoy verifies them all', async () => {
      const certificate = ignoring.envoy.agents.issue('report', [`uri:${SVID}`]);
      const { status, body } = await call(ignoring, certificate, await boundTo(certificate));
      assert.equal(status, 401);
      assert.match(body, /token\.proof-missing/);
    });

    test('of another authority gets no answer at all', async () => {
      const stranger = makeAuthority('strangers', 'P-256').issue('report', [`uri:${SVID}`]);
      await assert.rejects(call(guarded, stranger, await boundTo(stranger)), /alert|ECONNRESET|hang up/);
    });
  });
}

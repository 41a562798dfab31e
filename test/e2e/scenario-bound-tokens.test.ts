import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Agent, fetch as fetchWith } from 'undici';
import { type Authority, type Certificate, makeAuthority } from '../../src/transports/proxy/certificates.fixture.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { AT_TLS, type Carrier, CARRIERS, whyNot } from './carriers.ts';
import type { TokenWish } from './issuer.ts';
import { type Guarded, policyOf, startGuarded } from './start-guarded.ts';

const SPIFFE = 'spiffe://acme.example/agent/report';
const POLICY = policyOf(
  '{ id: echo, match: { tool: echo }, effect: allow }',
  `{ id: reports, match: { tool: add, principal: "${SPIFFE}" }, effect: allow }`,
);

const HI: object = { text: 'hi' };
const thumbprintOf = ({ cert }: Certificate): string =>
  Buffer.from(new X509Certificate(cert).fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
const boundTo = (certificate: Certificate): Partial<TokenWish> => ({
  claims: { cnf: { 'x5t#S256': thumbprintOf(certificate) } },
});

/** Who shows no certificate of the right authority: no connection of Envoy's, and none that proves anything of the proxy's. */
const STRANGERS_CONNECT: Readonly<Record<Carrier, boolean>> = { proxy: true, authorize: false, inspect: false };

/** The status and text of a tool call. */
interface Seen {
  readonly status: number;
  readonly text: string;
}

for (const carrier of CARRIERS) {
  suite(`a token that is bound to a client certificate (${carrier})`, { skip: whyNot(carrier) }, () => {
    const authority: Authority = makeAuthority('the agents', 'P-256');
    const alice = authority.issue('alice', ['dns:alice.example']);
    const bob = authority.issue('bob', ['dns:bob.example']);
    const report = authority.issue('report', [`uri:${SPIFFE}`]);
    const stranger = makeAuthority('somebody else', 'P-256').issue('alice', ['dns:alice.example']);
    const server = authority.issue('sallyport', ['ip:127.0.0.1']);
    const dispatchers: Agent[] = [];
    let upstream: Upstream;
    let guarded: Guarded;

    before(async () => {
      upstream = await startV2();
      guarded = await startGuarded({
        servers: { tools: upstream.url, safe: upstream.url },
        lines: { safe: AT_TLS[carrier] },
        carrier,
        tls: { certificate: 'tls.crt', key: 'tls.key', clientCa: 'ca.crt' },
        policy: POLICY,
        files: { 'tls.crt': server.cert, 'tls.key': server.key, 'ca.crt': authority.ca },
      });
    });
    after(async () => {
      await Promise.all(dispatchers.map((dispatcher) => dispatcher.destroy()));
      await guarded.close();
      await upstream.close();
    });

    /** A connection of its own, with a client certificate or none. */
    function connection(certificate: Certificate | undefined): Agent {
      const dispatcher = new Agent({ connect: { ca: authority.ca, ...certificate } });
      dispatchers.push(dispatcher);
      return dispatcher;
    }

    async function call(
      token: string,
      certificate: Certificate | undefined,
      { url = guarded.url('safe', 'tls'), headers = {}, tool = 'echo', args = HI } = {},
    ): Promise<Seen> {
      const params = { name: tool, arguments: args };
      const response = await fetchWith(url, {
        method: 'POST',
        dispatcher: connection(certificate),
        headers: {
          'authorization': `Bearer ${token}`,
          'content-type': 'application/json',
          'accept': 'application/json, text/event-stream',
          'mcp-protocol-version': '2025-11-25',
          ...headers,
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
      });
      return { status: response.status, text: await response.text() };
    }

    function expectUnproven({ status, text }: Seen): void {
      assert.equal(status, 401, text);
      assert.match(text, /"reason":"token\.proof-missing"/);
    }

    /** Shows that who is no agent's holder gets no connection, or where strangers connect, this. */
    async function expectStranger(calling: Promise<Seen>, otherwise: (seen: Seen) => void): Promise<void> {
      const connected = await calling.then(
        (seen) => [seen],
        () => [],
      );
      assert.equal(connected.length, STRANGERS_CONNECT[carrier] ? 1 : 0);
      for (const seen of connected) otherwise(seen);
    }

    test('is good on a connection with that certificate, again and again', async () => {
      const token = await guarded.token('user:alice', boundTo(alice), 'safe');
      for (const _ of [1, 2]) {
        const { status, text } = await call(token, alice);
        assert.equal(status, 200, text);
        assert.match(text, /"hi"/);
      }
    });

    test('is good for nobody else: another certificate, one of another authority, none', async () => {
      const token = await guarded.token('user:alice', boundTo(alice), 'safe');
      assert.equal((await call(token, alice)).status, 200);
      await upstream.forget();
      expectUnproven(await call(token, bob));
      for (const certificate of [stranger, undefined]) await expectStranger(call(token, certificate), expectUnproven);
      assert.deepEqual(await upstream.calls(), []);
    });

    test('is good for nothing on a listener without TLS, whatever a header says of the certificate', async () => {
      const token = await guarded.token('user:alice', boundTo(alice));
      const url = guarded.url('tools');
      const { raw } = new X509Certificate(alice.cert);
      expectUnproven(await call(token, undefined, { url }));
      const headers = {
        'x-forwarded-client-cert': `Hash=${Buffer.from(thumbprintOf(alice), 'base64url').toString('hex')}`,
        'client-cert': `:${raw.toString('base64')}:`,
      };
      expectUnproven(await call(token, undefined, { url, headers }));
    });

    test('is refused where it is bound to something else as well, or only to that', async () => {
      const x5t = { 'x5t#S256': thumbprintOf(alice) };
      const jkt = { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' };
      for (const cnf of [jkt, { ...x5t, ...jkt }, { ...x5t, kid: 'k' }, { ...x5t, future: 1 }]) {
        expectUnproven(await call(await guarded.token('user:alice', { claims: { cnf } }, 'safe'), alice));
      }
    });

    test('takes the name in the certificate along: rules see its SPIFFE id', async () => {
      const add = { tool: 'add', args: { a: 1, b: 2 } };
      const token = await guarded.token('user:alice', boundTo(report), 'safe');
      assert.match((await call(token, report, add)).text, /"3"/);
      const unbound = await guarded.token('user:alice', {}, 'safe');
      assert.match((await call(unbound, report, add)).text, /"3"/);
      assert.match((await call(unbound, alice, add)).text, /policy\.no-allow/);
      await expectStranger(call(unbound, stranger, add), ({ text }) => assert.match(text, /policy\.no-allow/));
    });

    for (const mode of ['legacy', 'modern'] as const) {
      test(`works with an official client (${mode}), and not from another connection`, async () => {
        const token = await guarded.token('user:alice', boundTo(alice), 'safe');
        const connect = async (certificate: Certificate): Promise<Client> => {
          const dispatcher = connection(certificate);
          const client = new Client(
            { name: 'test', version: '1' },
            { versionNegotiation: { mode: mode === 'modern' ? { pin: '2026-07-28' } : 'legacy' } },
          );
          const transport = new StreamableHTTPClientTransport(new URL(guarded.url('safe', 'tls')), {
            requestInit: { headers: { authorization: `Bearer ${token}` } },
            // The types of the platform's fetch and of the package's differ, what they hold does not.
            fetch: async (url, init) => await fetchWith(url, { ...(init as object), dispatcher }),
          });
          await client.connect(transport);
          return client;
        };
        const client = await connect(alice);
        const { content } = await client.callTool({ name: 'echo', arguments: { text: 'bound' } });
        assert.deepEqual(content, [{ type: 'text', text: 'bound' }]);
        await client.close();
        await assert.rejects(connect(bob), /401|Unauthorized|token\.proof-missing/i);
      });
    }
  });
}

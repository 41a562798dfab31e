import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Header, Peer } from '../attacks/peer.ts';
import { type RawAnswer, RawConnection } from '../attacks/raw-connection.ts';
import { callText, type Departures, rawRequest } from '../attacks/raw-request.ts';
import { type StartedSallyport, startSallyport } from '../e2e/start-sallyport.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { WIRINGS } from '../e2e/carriers.ts';
import { type Guarded, startGuarded } from './start-guarded.ts';
import { newIssuer, RESOURCE } from './token-issuer.ts';

const POLICY = `apiVersion: sallyport/v1
kind: Policy
metadata: { name: little }
rules:
  - { id: echo, match: { tool: echo }, effect: allow, args: { text: { c: len, max: 5 } }, message: echo takes five letters }
  - { id: no-adding, match: { tool: add }, effect: deny, message: nothing is added here }
  - { id: add, match: { tool: add }, effect: allow }
  - { id: all, match: { tool: delete_all }, effect: allow }
  - { id: slow, match: { tool: slow }, effect: allow, when: "1 / int(args.ms) > 0" }
`;

const issuer = newIssuer();
const bearer = (token: string): Header => ['authorization', `Bearer ${token}`];
const token = await issuer.token();
const good = bearer(token);

/** A request that must be refused; without `set` it is well-formed and carries a good token. */
interface Refused {
  readonly name: string;
  readonly reason: string;
  readonly status: number;
  readonly departures: Departures;
}

const call = (tool: string, args: string, credentials: readonly Header[] = [good]): Departures => ({
  tool,
  body: callText({ era: 'modern', url: '', headers: [] }, `"name":"${tool}","arguments":${args}`),
  add: credentials,
});
/** Another request than a tool call. */
const request = (method: string, name?: string): Departures => {
  const params = name === undefined ? '"x":1' : `"name":"${name}","arguments":{}`;
  return {
    body: callText({ era: 'modern', url: '', headers: [] }, params, `"id":7,"method":"${method}"`),
    set: { 'mcp-method': method, 'mcp-name': name },
    add: [good],
  };
};
const ECHO = call('echo', '{"text":"hi"}');

const REFUSED: readonly Refused[] = [
  { name: 'an argument', reason: 'policy.arguments', status: 200, departures: call('echo', '{"text":"too long"}') },
  { name: 'a denied tool', reason: 'policy.denied', status: 200, departures: call('add', '{"a":1,"b":2}') },
  { name: 'a tool without a rule', reason: 'policy.no-allow', status: 200, departures: call('big', '{"bytes":1}') },
  { name: 'a tool nobody pinned', reason: 'tool.unknown', status: 200, departures: call('nothing', '{}') },
  { name: 'arguments off the schema', reason: 'tool.arguments', status: 200, departures: call('echo', '{"text":7}') },
  { name: 'a rule that cannot be told', reason: 'policy.error', status: 503, departures: call('slow', '{"ms":0}') },
  {
    name: 'a prompt that is not granted',
    reason: 'grant.not-covered',
    status: 403,
    departures: request('prompts/get', 'greet'),
  },
  { name: 'a method that nobody knows', reason: 'rpc.method-unknown', status: 404, departures: request('tools/drop') },
  { name: 'params that are none', reason: 'rpc.params', status: 400, departures: call('echo', '[]') },
  { name: 'no token', reason: 'token.missing', status: 401, departures: { ...ECHO, add: [] } },
  {
    name: 'a list of tokens',
    reason: 'token.malformed',
    status: 401,
    departures: { ...ECHO, add: [bearer(`${token}, Bearer ${token}`)] },
  },
  {
    name: 'two tokens after one scheme',
    reason: 'token.malformed',
    status: 401,
    departures: { ...ECHO, add: [bearer(`${token} ${token}`)] },
  },
  {
    name: 'an expired token',
    reason: 'token.expired',
    status: 401,
    departures: { ...ECHO, add: [bearer(await issuer.token({ ageS: 120 }))] },
  },
  {
    name: 'a token for another server',
    reason: 'token.audience',
    status: 401,
    departures: { ...ECHO, add: [bearer(await issuer.token({ audience: 'https://tools.example/other' }))] },
  },
  {
    name: 'a token of another issuer’s key',
    reason: 'token.signature',
    status: 401,
    departures: { ...ECHO, add: [bearer(await newIssuer().token())] },
  },
  {
    name: 'a token that grants other tools',
    reason: 'grant.not-covered',
    status: 403,
    departures: { ...ECHO, add: [bearer(await issuer.token({ tools: ['add'] }))] },
  },
  {
    name: 'a duplicate key',
    reason: 'json.duplicate-key',
    status: 400,
    departures: call('echo', '{"text":"hi","text":"ho"}'),
  },
  {
    name: 'another name in the header',
    reason: 'mcp.header-mismatch',
    status: 400,
    departures: { ...ECHO, tool: 'add' },
  },
  { name: 'another Host', reason: 'http.host', status: 403, departures: { ...ECHO, set: { host: 'evil.example' } } },
  {
    name: 'another Origin',
    reason: 'http.origin',
    status: 403,
    departures: { ...ECHO, add: [good, ['origin', 'https://evil.example']] },
  },
  { name: 'a query', reason: 'http.route', status: 404, departures: { ...ECHO, path: '/files?tool=echo' } },
  {
    name: 'no JSON',
    reason: 'body.content-type',
    status: 415,
    departures: { ...ECHO, set: { 'content-type': 'text/plain' } },
  },
];

/** What an agent gets, without what differs from answer to answer and what each front adds. */
function seen(answer: RawAnswer): unknown {
  assert.equal(answer.kind, 'reply', JSON.stringify(answer));
  const { status, headers, body } = answer as RawAnswer & { kind: 'reply' };
  const decision = headers.get('sallyport-decision-id') ?? 'none';
  assert.match(decision, /^[0-9a-f]{8}-/);
  const kept = ['content-type', 'cache-control', 'www-authenticate', 'retry-after', 'allow'];
  return {
    status,
    headers: kept.map((name) => [name, headers.get(name)]),
    body: body.replaceAll(decision, 'DECISION'),
  };
}

const WAYS = WIRINGS.flatMap((wiring) => (['http2', 'grpc-js'] as const).map((engine) => ({ wiring, engine })));

for (const { wiring, engine } of WAYS) {
  suite(`a refusal through Envoy (${wiring}), asked on ${engine}`, { skip: whyNoEnvoy() }, () => {
    let upstream: Upstream;
    let proxied: StartedSallyport;
    let guarded: Guarded;
    before(async () => {
      upstream = await startV2();
      const { files, more } = issuer;
      const options = { policy: POLICY, serverLines: [`resource: ${RESOURCE}`], files, more };
      proxied = await startSallyport({ ...options, servers: { files: upstream.url } });
      guarded = await startGuarded({ ...options, upstream: upstream.url, wiring, door: [`engine: ${engine}`] });
    });
    after(async () => {
      await guarded[Symbol.asyncDispose]();
      await proxied.close();
      await upstream.close();
    });

    const exchange = async (url: string, { set, ...departures }: Departures): Promise<RawAnswer> => {
      using connection = await RawConnection.open(url);
      const peer: Peer = { era: 'modern', url, headers: [] };
      return await connection.exchange(rawRequest(peer, { ...departures, set: { host: 'tools.example', ...set } }));
    };

    for (const { name, reason, status, departures } of REFUSED) {
      test(`for ${name} is the one that the built-in proxy gives`, async () => {
        const direct = await exchange(proxied.url('files'), departures);
        const asked = await exchange(guarded.envoy.url, departures);
        assert.deepEqual(seen(asked), seen(direct));
        assert.equal(asked.kind === 'reply' && asked.status, status);
        assert.ok(asked.kind === 'reply' && asked.body.includes(reason), JSON.stringify(asked));
      });
    }

    test('for two Authorization headers is one, although Envoy has made one field of them', async () => {
      for (const other of [good, ['authorization', 'Basic YTpi'], bearer('x')] as const) {
        const asked = await exchange(guarded.envoy.url, { ...ECHO, add: [good, other] });
        assert.ok(asked.kind === 'reply' && asked.status === 401, JSON.stringify(asked));
        assert.match(asked.body, /token\.malformed/);
      }
    });

    test('is none for a call that is allowed', async () => {
      const asked = await exchange(guarded.envoy.url, ECHO);
      assert.ok(asked.kind === 'reply' && asked.body.includes('"text":"hi"'), JSON.stringify(asked));
      assert.deepEqual(await upstream.calls(), [{ tool: 'echo', args: { text: 'hi' } }]);
    });

    test('names the metadata of the resource, which Sallyport serves there', async () => {
      const response = await fetch(new URL('/.well-known/oauth-protected-resource/files', guarded.envoy.url));
      // Fetch cannot say another Host than that of the URL.
      assert.equal(response.status, 403);
      using connection = await RawConnection.open(guarded.envoy.url);
      const head = 'GET /.well-known/oauth-protected-resource/files HTTP/1.1\r\nhost: tools.example\r\n\r\n';
      const answer = await connection.exchange(Buffer.from(head));
      assert.ok(answer.kind === 'reply' && answer.status === 200, JSON.stringify(answer));
      assert.equal((JSON.parse(answer.body) as { resource: string }).resource, RESOURCE);
    });
  });
}

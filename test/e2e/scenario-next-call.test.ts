import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Peer } from '../attacks/peer.ts';
import { RawConnection } from '../attacks/raw-connection.ts';
import { callText, type Departures, rawRequest } from '../attacks/raw-request.ts';
import { REASONS, type ReasonCode, type RefusalClass } from '../../src/call/reason.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { ENDS_AFTER, saysWhy, WAYS, whyNot } from './carriers.ts';
import { openAgent } from './agent.ts';
import { ANY_ARGUMENTS } from './issuer.ts';
import { type Recorder, startRecorder } from './recorder.ts';
import { type Guarded, policyOf, startGuarded } from './start-guarded.ts';

const POLICY = policyOf(
  '{ id: echo, match: { tool: echo }, effect: allow, args: { text: { c: len, max: 10 } } }',
  '{ id: add, match: { tool: add }, effect: allow, when: "1 / int(args.a) > 0" }',
  '{ id: big, match: { tool: big }, effect: allow }',
  '{ id: no-big, match: { tool: big }, effect: limit, limit: { burst: 1, per_day: 1 } }',
);

/** A request that is refused, by name. */
interface Refused {
  readonly reason: ReasonCode;
  readonly status: number;
  readonly departures: (peer: Peer) => Departures;
}

const echo = (peer: Peer, text = 'hi'): Departures => ({
  tool: 'echo',
  body: callText(peer, `"name":"echo","arguments":{"text":"${text}"}`),
});
const call = (tool: string, args: string) => (peer: Peer) => ({
  tool,
  body: callText(peer, `"name":"${tool}","arguments":${args}`),
});
const withId = (departures: Departures, id: string): Departures => ({
  ...departures,
  body: String(departures.body).replace('"id":7', `"id":${id}`),
});
const echoWith = (set: NonNullable<Departures['set']>) => (peer: Peer) => ({ ...echo(peer), set });

/** What there is in both eras. */
const REFUSED: readonly Refused[] = [
  { reason: 'json.syntax', status: 400, departures: (peer) => ({ ...echo(peer), body: '{' }) },
  { reason: 'rpc.id', status: 400, departures: (peer) => withId(echo(peer), 'null') },
  { reason: 'mcp.header-mismatch', status: 400, departures: echoWith({ 'mcp-method': 'ping' }) },
  { reason: 'token.missing', status: 401, departures: echoWith({ authorization: undefined }) },
  { reason: 'token.malformed', status: 401, departures: echoWith({ authorization: 'Bearer x' }) },
  { reason: 'grant.not-covered', status: 403, departures: call('slow', '{"ms":1}') },
  { reason: 'http.origin', status: 403, departures: echoWith({ origin: 'https://evil.example' }) },
  { reason: 'http.host', status: 403, departures: echoWith({ host: 'evil.example' }) },
  { reason: 'policy.arguments', status: 200, departures: (peer) => echo(peer, 'x'.repeat(11)) },
  { reason: 'tool.arguments', status: 200, departures: call('echo', '{}') },
  { reason: 'tool.unknown', status: 200, departures: call('nothing', '{}') },
  { reason: 'body.content-type', status: 415, departures: echoWith({ 'content-type': 'text/plain' }) },
  { reason: 'http.route', status: 404, departures: (peer) => ({ ...echo(peer), path: '/elsewhere' }) },
  { reason: 'body.too-large', status: 413, departures: (peer) => echo(peer, 'x'.repeat(2_200_000)) },
  { reason: 'policy.error', status: 503, departures: call('add', '{"a":0,"b":1}') },
];

/** What there is in one era only. */
const REFUSED_IN: Readonly<Record<Peer['era'], readonly Refused[]>> = {
  legacy: [{ reason: 'session.unknown', status: 404, departures: echoWith({ 'mcp-session-id': 'forged' }) }],
  modern: [{ reason: 'mcp.version', status: 400, departures: echoWith({ 'mcp-protocol-version': '2027-01-01' }) }],
};

for (const { era, carrier } of WAYS) {
  suite(`after a refusal (${era}, ${carrier})`, { skip: whyNot(carrier) }, () => {
    let upstream: Upstream;
    let recorder: Recorder;
    let guarded: Guarded;
    let alice: Peer;
    before(async () => {
      upstream = await startV2();
      recorder = await startRecorder(upstream.url);
      guarded = await startGuarded({ carrier, servers: { tools: recorder.url }, policy: POLICY });
      const tools = { echo: ANY_ARGUMENTS, add: ANY_ARGUMENTS, big: ANY_ARGUMENTS, nothing: ANY_ARGUMENTS };
      alice = await openAgent(guarded, era, 'user:alice', { tools });
    });
    after(async () => {
      await guarded.close();
      await recorder[Symbol.asyncDispose]();
      await upstream.close();
    });

    async function expectServed(connection: RawConnection): Promise<void> {
      const served = await connection.exchange(rawRequest(alice, echo(alice)));
      assert.ok(served.kind === 'reply' && served.status === 200, JSON.stringify(served));
      assert.match(served.body, /"text":"hi"/);
    }

    for (const { reason, status, departures } of [...REFUSED, ...REFUSED_IN[era]]) {
      test(`for ${reason} the next call is served, on the same connection where that goes on`, async () => {
        using connection = await RawConnection.open(alice.url);
        await expectServed(connection);
        recorder.forget();
        const refused = await connection.exchange(rawRequest(alice, departures(alice)));
        assert.ok(refused.kind === 'reply', refused.kind);
        assert.match(refused.body, saysWhy(carrier, reason));
        assert.equal(refused.status, status, refused.body);
        assert.deepEqual(recorder.bodies(), []);
        assert.equal(refused.headers.get('connection') === 'close', ENDS_AFTER[carrier].includes(status));
        using next = await connection.after(refused, alice.url);
        await expectServed(next);
      });
    }

    test('for a limit the connection serves the next call', async () => {
      using connection = await RawConnection.open(alice.url);
      const big = call('big', '{"bytes":1}')(alice);
      await connection.exchange(rawRequest(alice, big));
      const refused = await connection.exchange(rawRequest(alice, big));
      assert.ok(refused.kind === 'reply' && refused.status === 200);
      assert.match(refused.body, /limit\.exceeded/);
      await expectServed(connection);
    });
  });
}

suite('the refusals above', () => {
  test('are of every class but overload, which needs its own load', () => {
    const reasons = [...REFUSED, ...REFUSED_IN.legacy, ...REFUSED_IN.modern].map(({ reason }) => reason);
    const met = new Set(reasons.map((reason): RefusalClass => REASONS[reason].class));
    const all = new Set(Object.values(REASONS).map((reason): RefusalClass => reason.class));
    assert.deepEqual([...all.difference(met)], ['overload']);
  });
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { HostileCall } from '../attacks/hostile-call.ts';
import { ENCODINGS } from '../attacks/hostile-calls/encodings.ts';
import { KEYS } from '../attacks/hostile-calls/keys.ts';
import { MESSAGES } from '../attacks/hostile-calls/messages.ts';
import { NUMBERS } from '../attacks/hostile-calls/numbers.ts';
import { expectStopped } from '../attacks/expect-stopped.ts';
import type { Peer } from '../attacks/peer.ts';
import { ts2 } from '../clients/ts-2.ts';
import { freePort } from '../e2e/free-port.ts';
import { type StartedSallyport, startSallyport } from '../e2e/start-sallyport.ts';
import { outcomes } from '../envoy/outcomes.ts';
import { type RecordedUpstream, startRecorded } from '../envoy/recorded-upstream.ts';
import { type AskingProxy, startAskingProxy } from './ask-and-forward.ts';

/** What only whoever reads the body can refuse: the HTTP of its agents is the proxy's to read. */
const BODIES: readonly HostileCall[] = [...ENCODINGS, ...NUMBERS, ...KEYS, ...MESSAGES];

const POLICY = `apiVersion: sallyport/v1
kind: Policy
metadata: { name: little }
rules:
  - { id: echo, match: { tool: echo }, effect: allow, args: { text: { c: len, max: 5 } } }
`;

const LISTENERS = '{ agents: { door: forward_auth, socket: door/auth.sock } }';

interface Guarded extends AsyncDisposable {
  readonly upstream: RecordedUpstream;
  readonly sallyport: StartedSallyport;
  readonly proxy: AskingProxy;
}

async function start(policy?: string, waive = ''): Promise<Guarded> {
  await using stack = new AsyncDisposableStack();
  const upstream = stack.use(await startRecorded());
  const port = await freePort();
  const sallyport = stack.use(
    await startSallyport({
      servers: { files: upstream.url },
      listeners: LISTENERS,
      serverLines: ['identity: anonymous', 'capability: none', `hosts: ["127.0.0.1:${port}"]`, `waive: [${waive}]`],
      ...(policy === undefined ? {} : { policy }),
    }),
  );
  await upstream.forget();
  const proxy = stack.use(await startAskingProxy(upstream.url, join(sallyport.folder, 'door/auth.sock'), port));
  const kept = stack.move();
  return { upstream, sallyport, proxy, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

suite('a proxy that shows whole requests', () => {
  test('carries an official client, which is told what is refused as everywhere', async () => {
    await using guarded = await start(POLICY);
    const said = await ts2('modern').run(guarded.proxy.url, [
      { do: 'call', tool: 'echo', args: { text: 'hi' } },
      { do: 'call', tool: 'echo', args: { text: 'too long' } },
      { do: 'list', what: 'tools' },
    ]);
    const [called, refused, listed] = said.map((outcome) => JSON.stringify(outcome));
    assert.match(called ?? '', /"hi"/);
    assert.match(refused ?? '', /policy\.arguments.*"isError":true/);
    assert.match(listed ?? '', /door\.reply-needed/);
    assert.deepEqual(await guarded.upstream.calls(), [{ tool: 'echo', args: { text: 'hi' } }]);
  });

  test('passes on what the answer says, and takes off what it says', async () => {
    await using guarded = await start();
    const response = await fetch(guarded.proxy.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'accept': 'application/json, text/event-stream',
        'authorization': 'Bearer x',
        'x-user': 'root',
        'sallyport-decision-id': 'forged',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'echo', arguments: { text: 'x' } },
      }),
    });
    assert.equal(response.status, 200);
    const [seen] = guarded.upstream.seen;
    const headers = new Map(seen?.headers);
    assert.deepEqual([headers.has('authorization'), headers.has('x-user')], [false, false]);
    assert.match(headers.get('sallyport-decision-id') ?? '', /^[0-9a-f-]{36}$/);
  });

  test('leaves a record of each call, whose outcome nobody told', async () => {
    await using guarded = await start();
    await ts2('modern').run(guarded.proxy.url, [{ do: 'call', tool: 'echo', args: { text: 'hi' } }]);
    // The client asks the server who it is before it calls.
    const told = await outcomes(guarded.sallyport.folder, 2);
    assert.deepEqual(
      told.map(({ kind }) => kind),
      ['unknown', 'unknown'],
    );
  });

  test('cannot carry a session unless its server waives that, nor a task at all', async () => {
    await using guarded = await start();
    const opened = await ts2('legacy')
      .run(guarded.proxy.url, [{ do: 'greet' }])
      .then(JSON.stringify, String);
    assert.match(opened, /door\.reply-needed/);
    await using waiving = await start(undefined, 'sessions, lists, streams');
    const asked = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'echo', arguments: { text: 'x' }, task: { ttl: 1 } },
    });
    const response = await fetch(waiving.proxy.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept': 'application/json, text/event-stream' },
      body: asked,
    });
    assert.match(await response.text(), /door\.reply-needed/);
    assert.deepEqual(waiving.upstream.seen, []);
  });
});

suite('a hostile call to a proxy that shows whole requests', () => {
  let guarded: Guarded;
  before(async () => {
    guarded = await start();
  });
  after(() => guarded[Symbol.asyncDispose]());

  for (const era of ['modern', 'legacy'] as const) {
    for (const attack of BODIES.filter(({ eras }) => eras.includes(era))) {
      test(`of the ${era} era with ${attack.name} is refused`, async () => {
        const headers = era === 'legacy' ? ([['mcp-protocol-version', '2025-11-25']] as const) : [];
        const peer: Peer = { era, url: guarded.proxy.url, headers };
        await expectStopped(peer, guarded.upstream, attack);
      });
    }
  }
});

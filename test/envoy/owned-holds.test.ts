import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Peer } from '../attacks/peer.ts';
import { RawConnection } from '../attacks/raw-connection.ts';
import { callText, rawRequest } from '../attacks/raw-request.ts';
import { askOperator } from '../e2e/ask-operator.ts';
import { type Answer, callTool, textOf } from '../e2e/agent.ts';
import { type Wiring, WIRINGS } from '../e2e/carriers.ts';
import { startSallyport } from '../e2e/start-sallyport.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { type MoodyUpstream, startMoody } from './moody-upstream.ts';
import { metric, outcomes, toldRecords, untilMetric } from './outcomes.ts';

/*
 * What a call holds exactly (its place in the bulkhead, what is concurrent, its leave to try a tool that failed) belongs to its
 * ext_proc stream: it is free as soon as that ends, whoever else tells of the call, early, late or never.
 */

const POLICY = `apiVersion: sallyport/v1
kind: Policy
metadata: { name: one }
rules:
  - { id: tools, match: { tool: "*" }, effect: allow }
  - { id: one, match: { tool: echo }, effect: limit, limit: { concurrent: 1 } }
`;
const SERVER = ['identity: anonymous', 'capability: none', 'reply_timeout_ms: 60000', 'max_calls_per_tool: 1'];
const BREAKER =
  'breaker: { window_calls: 2, minimum_calls: 2, half_open_calls: 1, wait_ms: 100, max_wait_ms: 100, max_half_open_ms: 60000 }';

interface HeldOptions {
  readonly breaker?: string;
  readonly edit?: (text: string) => string;
}

interface Held extends AsyncDisposable {
  readonly upstream: MoodyUpstream;
  readonly folder: string;
  readonly peer: Peer;
  killEnvoy(): Promise<void>;
}

/** Both in front of a tool of which one call may run, whose replies are all judged. */
async function startHeld(wiring: Wiring, { breaker = BREAKER, edit }: HeldOptions = {}): Promise<Held> {
  await using starting = new AsyncDisposableStack();
  const upstream = starting.use(await startMoody());
  const sallyport = await startSallyport({
    carrier: wiring,
    ...(edit === undefined ? {} : { edit }),
    servers: { tools: upstream.url },
    serverLines: [...SERVER, breaker, ...(wiring === 'authorize' ? ['judge_replies: always'] : [])],
    policy: POLICY,
  });
  starting.defer(() => sallyport.close());
  const kept = starting.move();
  return {
    upstream,
    folder: sallyport.folder,
    peer: { era: 'modern', url: sallyport.url('tools'), headers: [] },
    killEnvoy: async () => await sallyport.envoy?.[Symbol.asyncDispose](),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const echo = ({ peer }: Held): Promise<Answer> => callTool(peer, 'echo', { text: 'hi' });

/** Has the tool fail until it is not called any more: the next call that passes is the one that tries it. */
async function fail(held: Held): Promise<void> {
  held.upstream.mood = 'resetting';
  while ((await breakerOf(held))?.state !== 'open') await echo(held);
}

function abortOnDispose(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  return { signal: controller.signal, [Symbol.dispose]: () => controller.abort() };
}

/** Begins a call that is not answered, as soon as one passes, and waits until its tool server has it. */
async function beginSilent({ peer, upstream }: Held): Promise<RawConnection> {
  upstream.mood = 'silent';
  const body = callText(peer, '"name":"echo","arguments":{"text":"hi"}');
  for (;;) {
    const connection = await RawConnection.open(peer.url);
    const answered = connection.exchange(rawRequest(peer, { tool: 'echo', body }), 60_000).catch(() => undefined);
    const arrived = async (): Promise<'arrived'> => {
      while (upstream.waiting === 0) await pause(5, undefined, { signal: over.signal });
      return 'arrived';
    };
    using over = abortOnDispose();
    if ((await Promise.race([answered, arrived().catch(() => undefined)])) === 'arrived') return connection;
    connection[Symbol.dispose]();
  }
}

/** Calls until there is room. @returns What came of it, and why there was none before. */
async function whenThereIsRoom(
  held: Held,
): Promise<readonly [answer: Answer, before: ReadonlySet<string | undefined>]> {
  const before = new Set<string | undefined>();
  for (;;) {
    const answer = await echo(held);
    if (answer.reason === undefined) return [answer, before];
    before.add(answer.reason);
    await pause(10);
  }
}

interface Tally {
  readonly state: string;
  readonly calls: number;
  readonly failed: number;
}

async function breakerOf({ folder }: Held): Promise<Tally | undefined> {
  const text = await askOperator(join(folder, '.sallyport/operator.sock'), '/breakers');
  const found = (JSON.parse(text) as (Tally & { readonly tool?: string })[]).find(({ tool }) => tool === 'echo');
  return found && { state: found.state, calls: found.calls, failed: found.failed };
}

/** Whether it is on record that an agent left. */
async function isTold({ folder }: Held): Promise<boolean> {
  return (await toldRecords(folder)).some(({ kind }) => kind === 'cancelled');
}

/** Has Envoy tell nobody what became of calls. */
function untold(text: string): string {
  const key = /(path: \[?\s*(?:- )?\{? ?key: )decision_id/;
  assert.match(text, key);
  return text.replace(key, '$1nobody');
}

const BULKHEAD = 'sallyport_upstream_calls{server="tools"}';

for (const wiring of WIRINGS) {
  suite(`what a call holds while its reply is judged (${wiring})`, { skip: whyNoEnvoy(), timeout: 60_000 }, () => {
    test('is free when its agent leaves, although nobody tells what became of it', async () => {
      await using held = await startHeld(wiring, { edit: untold });
      await fail(held);
      const leaving = await beginSilent(held);
      assert.equal((await echo(held)).reason, 'bulkhead.full');
      held.upstream.mood = 'good';
      leaving[Symbol.dispose]();
      const [answer] = await whenThereIsRoom(held);
      assert.equal(textOf(answer), 'hi');
      assert.equal(await isTold(held), false);
      assert.equal((await breakerOf(held))?.state, 'closed');
    });

    test('is free when its agent leaves, and what became of it is told once', async () => {
      await using held = await startHeld(wiring);
      for (let time = 0; time < 3; time += 1) {
        await fail(held);
        const leaving = await beginSilent(held);
        held.upstream.mood = 'good';
        leaving[Symbol.dispose]();
        assert.equal(textOf((await whenThereIsRoom(held))[0]), 'hi');
      }
      const kinds = (await outcomes(held.folder, 0)).map(({ kind }) => kind);
      assert.deepEqual(kinds.filter((kind) => kind === 'cancelled').length, 3);
      assert.equal(kinds.length, (await toldRecords(held.folder)).filter(({ type }) => type === 'intent').length);
      assert.equal(await untilMetric(held.folder, BULKHEAD, 0), 0);
    });

    test('is free when its tool server breaks off, and that counts once', async () => {
      await using held = await startHeld(wiring, { breaker: 'breaker: { window_calls: 100, minimum_calls: 100 }' });
      for (const mood of ['breaking', 'resetting', 'breaking'] as const) {
        held.upstream.mood = mood;
        assert.notEqual((await echo(held)).status, 200);
      }
      held.upstream.mood = 'good';
      assert.equal(textOf((await whenThereIsRoom(held))[0]), 'hi');
      const told = await outcomes(held.folder, 0);
      assert.deepEqual(
        told.map(({ kind }) => kind),
        [...Array<string>(3).fill('upstream-failed'), 'answered'],
      );
      assert.deepEqual(await breakerOf(held), { state: 'closed', calls: 4, failed: 3 });
    });

    test('is free when Envoy is killed', async () => {
      await using held = await startHeld(wiring);
      using _connection = await beginSilent(held);
      assert.equal(await untilMetric(held.folder, BULKHEAD, 1), 1);
      await held.killEnvoy();
      assert.equal(await untilMetric(held.folder, BULKHEAD, 0), 0);
      assert.equal(await isTold(held), false);
      assert.deepEqual(
        (await outcomes(held.folder, 1)).map(({ kind }) => kind),
        ['cancelled'],
      );
      assert.equal(await metric(held.folder, 'sallyport_exchanges_open{listener="agents"}'), 0);
    });
  });
}

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { BreakerSettings } from '../../catalogue/breaker-settings.ts';
import type { BulkheadSettings } from '../../catalogue/bulkhead-settings.ts';
import { call, facts, findingStages } from '../../decision/facts.fixture.ts';
import type { StopSubject } from '../../decision/stop-gate.ts';
import { deny, found } from '../../decision/verdict.ts';
import type { SallyportFacts } from '../facts.ts';
import { Breakers } from './breakers.ts';
import { Bulkheads } from './bulkheads.ts';
import { otherServers, withOtherServers } from './other-servers.ts';

const SETTINGS: BreakerSettings = {
  window: { kind: 'count', calls: 2 },
  minimumCalls: 2,
  failureRate: 50,
  slowRate: 100,
  slowCallMs: 1000,
  waitMs: 1500,
  maxWaitMs: 1500,
  halfOpenCalls: 1,
  maxHalfOpenMs: 1000,
  probeTimeoutMs: 1000,
  initially: 'closed',
};
const ROOM: BulkheadSettings = { calls: 9, connections: 9, callsPerTool: 1, keptPerTenant: 0, bytes: 1000 };
const known: SallyportFacts = {
  ...facts,
  identity: { ...facts.identity, claims: undefined, capability: undefined },
  ruling: { ...facts.ruling, limitSpecs: [] },
};
const never = new AbortController().signal;

/** One server and another, which a rule names. */
function bench({ stopped, mayCall = true }: { readonly stopped?: StopSubject; readonly mayCall?: boolean } = {}) {
  const breakers = new Breakers({ clock: { monotonicMs: () => 0 }, onEvent: () => {} });
  breakers.enforce(['files', 'second'].map((name) => [name, { settings: SETTINGS, tools: new Set(['read_file']) }]));
  const bulkheads = new Bulkheads();
  bulkheads.enforce(['files', 'second'].map((name) => [name, ROOM]));
  const asked: StopSubject[] = [];
  const others = otherServers({
    breakers,
    bulkheads,
    stops: {
      refuse(subject) {
        asked.push(subject);
        const isStopped = subject.server === stopped?.server && subject.tool === stopped.tool;
        return isStopped ? deny('authenticate', 'stop.in-force') : undefined;
      },
    },
    fallbacks: { elsewhere: (reason) => ({ rule: 'other', server: 'second', reason }) },
    twinAt: () => (mayCall ? { idempotent: true } : undefined),
  });
  const held = new AsyncDisposableStack();
  return {
    breakers,
    bulkheads,
    asked,
    others,
    held,
    take: (decisionId = 'a') => others.take('upstream.cut', { ...known, call: { ...call, decisionId } }, held)?.server,
    inProgress: () => new Map([...bulkheads.list()].map(([name, calls]) => [name, calls])).get('second'),
  };
}

suite('otherServers()', () => {
  test('names the server that is called, and takes a place there until the call is over', async () => {
    const { take, held, inProgress, asked } = bench();
    assert.equal(take(), 'second');
    assert.deepEqual(asked, [{ server: 'second', tool: 'read_file', identity: known.identity }]);
    assert.equal(inProgress(), 1);
    await held.disposeAsync();
    assert.equal(inProgress(), 0);
  });

  test('names none whose tool an operator has stopped, and takes nothing there', () => {
    const { take, inProgress, breakers } = bench({
      stopped: { server: 'second', tool: 'read_file', identity: undefined },
    });
    assert.equal(take(), undefined);
    assert.deepEqual([inProgress(), [...breakers.list()].length], [0, 0]);
  });

  test('names none that has no room, or whose breaker or rules refuse, and takes nothing there', () => {
    const full = bench();
    assert.equal(full.take('a'), 'second');
    assert.equal(full.take('b'), undefined);
    assert.equal(full.inProgress(), 1);
    const open = bench();
    open.breakers.set({ server: 'second', tool: 'read_file' }, 'forced_open', 'maintenance');
    assert.deepEqual([open.take(), open.inProgress()], [undefined, 0]);
    const ruledOut = bench({ mayCall: false });
    assert.deepEqual([ruledOut.take(), ruledOut.inProgress()], [undefined, 0]);
  });
});

suite('withOtherServers()', () => {
  test('lets a call through to another server when a breaker refuses, and holds a place there', async () => {
    const { others, breakers, held, inProgress } = bench();
    const { identity, target, ruling } = known;
    const refusing = {
      ...findingStages,
      authenticate: () => found(identity),
      applyPolicy: () => found(ruling),
      checkAvailability: () => deny('availability', 'breaker.open'),
    };
    const { checkAvailability } = withOtherServers(refusing, others, breakers);
    const undo = new AsyncDisposableStack();
    const permit = await checkAvailability(call, identity, target, ruling, held, undo, never);
    assert.partialDeepStrictEqual(permit, { kind: 'found', value: { instead: { server: 'second' } } });
    assert.equal(inProgress(), 1);
    await undo.disposeAsync();
    await held.disposeAsync();
    assert.equal(inProgress(), 0);
  });
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Priority, PriorityRange } from '../../call/priority.ts';
import type { Arrived } from './caller-key.ts';
import { LoadShedder } from './load-shedder.ts';

const ALL: PriorityRange = { lowest: 'speculative', highest: 'interactive' };
const callerOf = (token: string): Arrived => ({
  decisionId: token,
  server: 'files',
  headers: [['authorization', `Bearer ${token}`]],
  peer: { address: '127.0.0.1' },
});

interface Load {
  delayMs?: number;
  full?: number;
  busy?: number;
  random?: number;
}

function bench(range: PriorityRange = ALL, identity: 'token' | 'anonymous' = 'token') {
  const load: Required<Load> & { nowMs: number } = { delayMs: 0, full: 0, busy: 0, random: 0.5, nowMs: 0 };
  const labels: string[] = [];
  const shedder = new LoadShedder({
    loopDelay: { meanMs: () => load.delayMs },
    maxLoopDelayMs: 200,
    fullness: () => load.full,
    businessOf: (_server, more) => load.busy + more / 10,
    clock: { monotonicMs: () => load.nowMs },
    random: () => load.random,
    onShed: (label) => labels.push(label),
  });
  shedder.enforce([['files', { range, identity }]]);
  /** Whether a call would be taken; it is over at once. */
  const passes = (token: string): boolean => {
    const shed = shedder.arriving(callerOf(token));
    shedder.over(token);
    return shed === undefined;
  };
  return { load, labels, shedder, passes };
}

/** A shedder that knows a caller of each class by the name of the class. */
function acquainted() {
  const one = bench();
  for (const priority of ['interactive', 'batch', 'speculative'] as const) {
    assert.equal(one.shedder.ruled(callerOf(priority), priority), undefined);
  }
  return one;
}

suite('LoadShedder.arriving()', () => {
  for (const [what, load, passing] of [
    ['nobody while there is little to do', {}, ['interactive', 'batch', 'speculative']],
    ['speculative calls first when the loop is late', { delayMs: 60 }, ['interactive', 'batch']],
    ['batch calls next', { delayMs: 100 }, ['interactive']],
    ['interactive calls last', { delayMs: 190 }, []],
    ['speculative calls first when places run out', { full: 0.5 }, ['interactive', 'batch']],
    ['batch calls next then, and keeps the rest for interactive ones', { full: 0.95 }, ['interactive']],
    ['what would have to wait at a server', { busy: 1 }, ['interactive']],
    ['speculative calls to a server that is nearly as busy as it may be', { busy: 0.8 }, ['interactive', 'batch']],
    ['no interactive call because others wait', { busy: 2 }, ['interactive']],
    ['a share of a class that grows with the load', { delayMs: 75, random: 0.6 }, ['interactive', 'batch']],
  ] as const satisfies readonly (readonly [string, Load, readonly Priority[]])[]) {
    test(`sheds ${what}`, () => {
      const { load: now, passes } = acquainted();
      Object.assign(now, load);
      assert.deepEqual(['interactive', 'batch', 'speculative'].filter(passes), passing);
    });
  }

  test('says when to come back, later to those that are shed first, and not to all at the same time', () => {
    const { load, shedder } = acquainted();
    Object.assign(load, { full: 0.95 });
    const waits = [0, 0.99].flatMap((random) => {
      load.random = random;
      return ['batch', 'speculative'].map((name) => shedder.arriving(callerOf(name))?.detail.retryAfterMs);
    });
    assert.deepEqual(waits, [2000, 5000, 3980, 9950]);
    assert.equal(shedder.arriving(callerOf('batch'))?.reason, 'overload.shed');
  });

  test('takes a caller that it does not know for the lowest class, but lets a few a second through', () => {
    const { load, labels, passes } = acquainted();
    Object.assign(load, { full: 0.95 });
    const introduced = Array.from({ length: 200 }, (_, at) => `stranger ${at}`).filter(passes);
    assert.equal(introduced.length, 50);
    assert.deepEqual(new Set(labels), new Set(['unknown']));
    load.nowMs = 100;
    assert.equal(Array.from({ length: 200 }, (_, at) => `later ${at}`).filter(passes).length, 5);
    assert.ok(passes('interactive'));
  });

  test('knows a caller by its credential, not by anything else that it sends', () => {
    const { load, shedder, passes } = acquainted();
    Object.assign(load, { full: 0.95, nowMs: -1 });
    while (passes('somebody'));
    const posing = {
      ...callerOf('batch'),
      headers: [
        ['authorization', 'Bearer batch'],
        ['x-priority', 'interactive'],
      ],
    } as const;
    assert.notEqual(shedder.arriving(posing), undefined);
    assert.equal(shedder.arriving(callerOf('interactive')), undefined);
    assert.notEqual(shedder.arriving({ ...callerOf('interactive'), server: 'other' })?.reason, 'overload.shed');
  });

  test('takes whoever calls a server that asks for no token for one caller, whatever token they send', () => {
    const { load, shedder, passes } = bench(ALL, 'anonymous');
    assert.equal(shedder.ruled(callerOf('anything'), 'interactive'), undefined);
    Object.assign(load, { full: 0.95 });
    assert.ok(Array.from({ length: 200 }, (_, at) => `made up ${at}`).every(passes));
  });

  test('needs to know nobody where every call of a server has the same class', () => {
    const { load, labels, passes } = bench({ lowest: 'batch', highest: 'batch' });
    Object.assign(load, { full: 0.95 });
    assert.ok(!passes('anyone'));
    assert.deepEqual(labels, ['batch']);
  });

  test('counts calls that have arrived before they take a place at the server', () => {
    const { shedder, load } = acquainted();
    const arrive = (at: number): boolean =>
      shedder.arriving({ ...callerOf('batch'), decisionId: `${at}` }) === undefined;
    load.random = 0.4;
    assert.equal(Array.from({ length: 20 }, (_, at) => arrive(at)).filter(Boolean).length, 9);
    shedder.ruled({ ...callerOf('batch'), decisionId: '0' }, 'batch');
    shedder.over('0');
    assert.ok(arrive(20));
    assert.ok(!arrive(21));
  });

  test('sheds nothing of a server that it was not told of', () => {
    const { load, shedder } = acquainted();
    Object.assign(load, { full: 1, delayMs: 1000 });
    assert.equal(shedder.arriving({ ...callerOf('batch'), server: 'unheard' }), undefined);
  });
});

suite('LoadShedder.ruled()', () => {
  test('sheds a call that turns out to be lower than it was taken for', () => {
    const { load, shedder, passes } = acquainted();
    Object.assign(load, { full: 0.95 });
    assert.equal(shedder.ruled(callerOf('interactive'), 'speculative')?.reason, 'overload.shed');
    assert.equal(shedder.ruled(callerOf('interactive'), 'interactive'), undefined);
    assert.ok(passes('introduced'));
    assert.equal(shedder.ruled(callerOf('introduced'), 'batch')?.reason, 'overload.shed');
    assert.ok(!passes('introduced'));
  });

  test('does not draw lots a second time for a call whose class was known', () => {
    const { load, shedder } = acquainted();
    Object.assign(load, { full: 0.95 });
    assert.equal(shedder.ruled(callerOf('batch'), 'batch'), undefined);
  });
});

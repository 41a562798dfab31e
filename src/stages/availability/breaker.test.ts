import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assert as property, array, constantFrom, integer, nat, property as forAll, record } from 'fast-check';
import { type Acquired, Breaker, type BreakerEvent, type BreakerPermit, type CallResult } from './breaker.ts';
import type { BreakerSettings } from '../../catalogue/breaker-settings.ts';

const SETTINGS: BreakerSettings = {
  window: { kind: 'count', calls: 4 },
  minimumCalls: 4,
  failureRate: 50,
  slowRate: 100,
  slowCallMs: 100,
  waitMs: 1000,
  maxWaitMs: 3000,
  halfOpenCalls: 2,
  maxHalfOpenMs: 5000,
  probeTimeoutMs: 2000,
  initially: 'closed',
};
const OK: CallResult = { kind: 'success' };
const FAILED: CallResult = { kind: 'failure' };
const IGNORED: CallResult = { kind: 'ignored' };

class Bench {
  nowMs = 0;
  readonly events: BreakerEvent[] = [];
  readonly breaker: Breaker;

  constructor(changed: Partial<BreakerSettings> = {}) {
    this.breaker = new Breaker({
      settings: { ...SETTINGS, ...changed },
      clock: { monotonicMs: () => this.nowMs },
      onEvent: (event) => void this.events.push(event),
    });
  }

  permit(): BreakerPermit {
    const acquired = this.breaker.acquire();
    assert.ok(acquired.kind === 'permit');
    return acquired.permit;
  }

  call(...results: readonly CallResult[]): void {
    for (const result of results) this.permit().settle(result);
  }

  slow(result: CallResult = OK, ms = 101): void {
    const permit = this.permit();
    this.nowMs += ms;
    permit.settle(result);
  }

  refused(): Extract<Acquired, { kind: 'refused' }> {
    const acquired = this.breaker.acquire();
    assert.ok(acquired.kind === 'refused');
    return acquired;
  }

  /** Opens it, and lets the wait pass. */
  toHalfOpen(): void {
    this.call(FAILED, FAILED, FAILED, FAILED);
    this.nowMs += 1001;
  }
}

suite('a breaker, closed,', () => {
  const cases: readonly (readonly [string, readonly CallResult[], 'closed' | 'open'])[] = [
    ['stays closed below its minimum of calls', [FAILED, FAILED, FAILED], 'closed'],
    ['opens when the rate is reached', [OK, OK, FAILED, FAILED], 'open'],
    ['stays closed below the rate', [OK, OK, OK, FAILED], 'closed'],
    ['counts the last calls only', [FAILED, OK, OK, OK, FAILED, OK, OK, OK], 'closed'],
    ['does not count what says nothing of the upstream', [FAILED, FAILED, FAILED, IGNORED, IGNORED], 'closed'],
  ];
  for (const [says, results, state] of cases) {
    test(says, () => {
      const bench = new Bench();
      bench.call(...results);
      assert.equal(bench.breaker.state, state);
    });
  }

  test('opens when enough calls are slow, and a call that takes just the time is not', () => {
    const bench = new Bench();
    for (let i = 0; i < 4; i++) bench.slow(OK, 100);
    assert.equal(bench.breaker.state, 'closed');
    for (let i = 0; i < 4; i++) bench.slow();
    assert.equal(bench.breaker.state, 'open');
    assert.match(bench.events[0]?.why ?? '', /4 of 4 calls were slow/);
  });

  test('needs no more calls than its window holds', () => {
    const bench = new Bench({ minimumCalls: 100 });
    bench.call(FAILED, FAILED, FAILED, FAILED);
    assert.equal(bench.breaker.state, 'open');
  });

  test('forgets what happened before its time window', () => {
    const bench = new Bench({ window: { kind: 'time', seconds: 2 }, minimumCalls: 2 });
    bench.call(FAILED);
    bench.nowMs = 2000;
    bench.call(FAILED);
    assert.equal(bench.breaker.state, 'closed');
    bench.nowMs = 2500;
    bench.call(FAILED);
    assert.equal(bench.breaker.state, 'open');
  });

  test('opens for as long as the upstream asks, but not for ever', () => {
    const bench = new Bench();
    bench.call({ kind: 'failure', retryAfterMs: 2500 });
    assert.deepEqual(bench.refused(), { kind: 'refused', state: 'open', retryAfterMs: 2501 });
    const longer = new Bench();
    longer.call({ kind: 'failure', retryAfterMs: 1e12 });
    assert.equal(longer.refused().retryAfterMs, 3001);
  });

  test('counts attempts of a call beside what it came to, in the phase in which it was let through', () => {
    const bench = new Bench();
    const permit = bench.permit();
    permit.attempted(FAILED, 0);
    permit.attempted(IGNORED, 0);
    permit.attempted(OK, 101);
    assert.deepEqual(bench.breaker.tally, { calls: 2, failed: 1, slow: 1 });
    permit.settle(OK, 0);
    permit.attempted(FAILED, 0);
    assert.deepEqual(bench.breaker.tally, { calls: 3, failed: 1, slow: 1 });
    const other = new Bench();
    const late = other.permit();
    other.toHalfOpen();
    other.permit();
    late.attempted(FAILED, 0);
    assert.deepEqual([other.breaker.state, other.breaker.tally.calls], ['half_open', 0]);
  });

  test('lets another call be tried for one that no longer runs, and counts both', () => {
    const bench = new Bench();
    bench.toHalfOpen();
    const [first, second] = [bench.permit(), bench.permit()];
    assert.equal(bench.breaker.peek(), 'refused');
    for (let time = 0; time < 2; time += 1) first?.leave();
    const third = bench.permit();
    assert.equal(bench.breaker.peek(), 'refused');
    first?.settle(FAILED);
    assert.deepEqual(bench.breaker.tally, { calls: 1, failed: 1, slow: 0 });
    for (const permit of [second, third]) permit?.settle(OK);
    assert.equal(bench.breaker.state, 'open');
  });

  test('takes one word about a call', () => {
    const bench = new Bench();
    const permit = bench.permit();
    for (let i = 0; i < 4; i++) permit.settle(FAILED);
    assert.deepEqual(bench.breaker.tally, { calls: 1, failed: 1, slow: 0 });
  });
});

suite('a breaker, open,', () => {
  test('refuses, and says when to come back', () => {
    const bench = new Bench();
    bench.call(FAILED, FAILED, FAILED, FAILED);
    bench.nowMs = 400;
    assert.deepEqual(bench.refused(), { kind: 'refused', state: 'open', retryAfterMs: 601 });
    bench.nowMs = 1000;
    assert.equal(bench.refused().retryAfterMs, 1);
    bench.nowMs = 1001;
    assert.equal(bench.breaker.peek(), 'permit');
    assert.equal(bench.breaker.state, 'open');
    bench.permit();
    assert.equal(bench.breaker.state, 'half_open');
  });

  test('counts calls that were under way, and does not change for them', () => {
    const bench = new Bench();
    const early = bench.permit();
    bench.call(FAILED, FAILED, FAILED, FAILED);
    early.settle(OK);
    assert.equal(bench.breaker.state, 'open');
    assert.deepEqual(bench.breaker.tally, { calls: 4, failed: 3, slow: 0 });
  });
});

suite('a breaker, half open,', () => {
  test('lets so many probes through, and no more', () => {
    const bench = new Bench();
    bench.toHalfOpen();
    const probes = [bench.permit(), bench.permit()];
    assert.equal(bench.refused().state, 'half_open');
    probes[0]?.settle(OK);
    assert.equal(bench.refused().state, 'half_open');
    probes[1]?.settle(OK);
    assert.equal(bench.breaker.state, 'closed');
    assert.deepEqual(bench.breaker.tally, { calls: 0, failed: 0, slow: 0 });
  });

  test('gives the place of a probe back that said nothing', () => {
    const bench = new Bench();
    bench.toHalfOpen();
    const [first] = [bench.permit(), bench.permit()];
    first.settle(IGNORED);
    bench.call(OK);
    assert.equal(bench.breaker.state, 'half_open');
  });

  test('opens again when the probes fail, for twice as long each time, up to the longest', () => {
    const bench = new Bench();
    bench.toHalfOpen();
    for (const waitMs of [2000, 3000, 3000]) {
      bench.call(OK, FAILED);
      assert.equal(bench.refused().retryAfterMs, waitMs + 1);
      bench.nowMs += waitMs + 1;
    }
    bench.call(OK, OK);
    bench.call(FAILED, FAILED, FAILED, FAILED);
    assert.equal(bench.refused().retryAfterMs, 1001);
  });

  test('is not moved by a call of before: neither closed by its success nor opened by its failure', () => {
    const bench = new Bench();
    const early = [bench.permit(), bench.permit(), bench.permit(), bench.permit()];
    bench.toHalfOpen();
    const probe = bench.permit();
    for (const permit of early) permit.settle(OK);
    assert.equal(bench.breaker.state, 'half_open');
    probe.settle(OK);
    assert.equal(bench.breaker.state, 'half_open');
  });

  test('takes probes that nobody reports for failed', () => {
    const bench = new Bench();
    bench.toHalfOpen();
    const lost = [bench.permit(), bench.permit()];
    bench.nowMs += 1999;
    assert.equal(bench.breaker.state, 'half_open');
    bench.nowMs += 1;
    assert.equal(bench.breaker.state, 'open');
    for (const permit of lost) permit.settle(OK);
    assert.equal(bench.breaker.state, 'open');
  });

  test('opens again when too few calls come to decide', () => {
    const bench = new Bench();
    bench.toHalfOpen();
    bench.call(OK);
    bench.nowMs += 5000;
    assert.equal(bench.breaker.state, 'open');
  });

  test('opens for as long as the upstream asks', () => {
    const bench = new Bench();
    bench.toHalfOpen();
    bench.call({ kind: 'failure', retryAfterMs: 1700 });
    assert.equal(bench.refused().retryAfterMs, 1701);
  });
});

suite('a breaker, set by hand,', () => {
  test('refuses everything while it is forced open, however long', () => {
    const bench = new Bench();
    bench.breaker.set('forced_open', 'maintenance');
    bench.nowMs += 1e9;
    assert.deepEqual(bench.refused(), { kind: 'refused', state: 'forced_open' });
    assert.deepEqual(bench.events, [{ kind: 'changed', from: 'closed', to: 'forced_open', why: 'maintenance' }]);
  });

  test('lets everything through while it is disabled, and counts nothing', () => {
    const bench = new Bench({ initially: 'disabled' });
    bench.call(FAILED, FAILED, FAILED, FAILED, FAILED);
    assert.deepEqual([bench.breaker.state, bench.breaker.tally.calls], ['disabled', 0]);
  });

  test('only counts while it is metrics_only, and tells once that it would have opened', () => {
    const bench = new Bench({ initially: 'metrics_only' });
    bench.call(FAILED, FAILED, FAILED, FAILED, FAILED, { kind: 'failure', retryAfterMs: 1000 });
    assert.equal(bench.breaker.state, 'metrics_only');
    assert.deepEqual(
      bench.events.map(({ kind }) => kind),
      ['would-open'],
    );
  });

  test('begins anew when it is closed', () => {
    const bench = new Bench();
    bench.call(FAILED, FAILED, FAILED);
    bench.breaker.set('closed', 'reset');
    bench.call(FAILED);
    assert.deepEqual([bench.breaker.state, bench.breaker.tally.calls], ['closed', 1]);
  });
});

/** What may happen to a breaker, by numbers. */
const steps = array(
  record({
    what: constantFrom(
      'acquire',
      'acquire',
      'acquire',
      'settle',
      'settle',
      'settle',
      'attempted',
      'leave',
      'wait',
      'set',
    ),
    which: nat(1000),
    result: constantFrom<CallResult>(OK, FAILED, FAILED, IGNORED, { kind: 'failure', retryAfterMs: 700 }),
    ms: integer({ min: 0, max: 1500 }),
    state: constantFrom('closed', 'metrics_only', 'forced_open', 'disabled'),
  }),
  { maxLength: 200 },
);

/** Which states may follow each other without an operator. */
const LEGAL = new Set(['closed>open', 'open>half_open', 'half_open>open', 'half_open>closed']);

suite('a breaker, whatever happens,', () => {
  test('never has more probes under way than it may, and a call of before never moves it', () => {
    property(
      forAll(steps, (taken) => {
        const bench = new Bench();
        const open: { permit: BreakerPermit; changes: number; probe: boolean }[] = [];
        for (const { what, which, result, ms, state } of taken) {
          const changes = bench.events.length;
          const doing: Record<string, () => void> = {
            acquire() {
              const acquired = bench.breaker.acquire();
              const probe = bench.breaker.state === 'half_open';
              if (acquired.kind === 'permit')
                open.push({ permit: acquired.permit, changes: bench.events.length, probe });
            },
            settle() {
              const [one] = open.length === 0 ? [] : open.splice(which % open.length, 1);
              one?.permit.settle(result);
              assert.ok(one === undefined || one.changes === changes || bench.events.length === changes);
            },
            attempted() {
              const one = open[which % Math.max(1, open.length)];
              one?.permit.attempted(result, ms);
              assert.ok(one === undefined || one.changes === changes || bench.events.length === changes);
            },
            leave() {
              const one = open[which % Math.max(1, open.length)];
              one?.permit.leave();
              // It is still to be settled, and is no probe under way any more.
              if (one !== undefined) one.probe = false;
              assert.equal(bench.events.length, changes);
            },
            wait: () => void (bench.nowMs += ms),
            set: () => bench.breaker.set(state, 'by hand'),
          };
          doing[what]?.();
          const underWay = open.filter(({ probe, changes: at }) => probe && at === bench.events.length);
          assert.ok(bench.breaker.state !== 'half_open' || underWay.length <= 2);
          const told = bench.events.slice(changes).filter(({ why, kind }) => kind === 'changed' && why !== 'by hand');
          for (const { from, to } of told) assert.ok(LEGAL.has(`${from}>${to}`), `${from}>${to}`);
        }
      }),
    );
  });

  test('is closed again soon after the upstream is well, whatever was lost', () => {
    property(
      forAll(steps, (taken) => {
        const bench = new Bench();
        for (const { what, result, ms } of taken) {
          const acquired = what === 'acquire' || what === 'settle' ? bench.breaker.acquire() : undefined;
          if (what === 'settle' && acquired?.kind === 'permit') {
            acquired.permit.attempted(result, ms);
            acquired.permit.settle(result);
          }
          bench.nowMs += what === 'wait' ? ms : 0;
        }
        // Long enough for lost probes, one more wait, and the calls that decide.
        for (let second = 0; second < 12; second++) {
          bench.nowMs += 1000;
          const acquired = bench.breaker.acquire();
          if (acquired.kind === 'permit') acquired.permit.settle(OK);
        }
        assert.equal(bench.breaker.state, 'closed');
      }),
    );
  });
});

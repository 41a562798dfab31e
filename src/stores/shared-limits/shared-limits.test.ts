import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { limitOf } from '../../policy/limit-spec.fixture.ts';
import type { LimitStore, Taking } from '../../stages/limit/limit-store.ts';
import { MemoryTokenBuckets } from '../memory/token-buckets.ts';
import { SharedLimits } from './shared-limits.ts';
import { StoreHealth } from './store-health.ts';
import { WatchedStore } from './watched-store.ts';

const clock = { monotonicMs: () => 0 };
const gone = new Error('gone');

/** A store that answers as told and counts what it was asked. */
function storeThat(answer: () => Promise<Taking>): LimitStore & { asked: number; returned: number } {
  const take = (): Promise<Taking> => {
    store.asked += 1;
    return answer();
  };
  const refund = (): void => void (store.returned += 1);
  const store = { asked: 0, returned: 0, take, peek: take, force: take, refund };
  return store;
}

function sharedOver(shared: LimitStore, { instances = 2, timeoutMs = 1000, failuresToLose = 3 } = {}) {
  const without: string[] = [];
  const health = new StoreHealth({ clock, failuresToLose, onChange: () => undefined });
  const local = new MemoryTokenBuckets(100, clock);
  const limits = new SharedLimits({
    shared: new WatchedStore({ store: shared, health, timeoutMs }),
    local,
    health,
    timeoutMs,
    instances: () => instances,
    onWithout: (how) => void without.push(how),
  });
  return { limits, local, health, without };
}

const tiers = [{ burst: 4, refill: 1, periodMs: 1000 }];
const closed = limitOf('closed', { tiers, whenStoreLost: 'closed' });
const counted = limitOf('local', { tiers, whenStoreLost: 'local' });
const open = limitOf('open', { tiers, whenStoreLost: 'open' });

suite('SharedLimits', () => {
  test('answers what the shared store answers while it can be had', async () => {
    const shared = storeThat(async () => ({ kind: 'taken', remaining: [7] }));
    const { limits, without } = sharedOver(shared);
    assert.deepEqual(await limits.take([closed]), { kind: 'taken', remaining: [7] });
    limits.refund([closed]);
    assert.deepEqual([shared.returned, without], [1, []]);
  });

  test('does what each limit says when the store is lost, and the strictest for the call', async () => {
    const { limits, without } = sharedOver(storeThat(() => Promise.reject(gone)));
    assert.deepEqual(await limits.take([open, closed, counted]), { kind: 'lost', limit: closed, cause: gone });
    for (const remaining of [1, 0]) {
      const taking = await limits.take([open, counted]);
      assert.deepEqual(taking.kind === 'taken' && taking.remaining, [0, remaining]);
    }
    const short = await limits.take([open, counted]);
    assert.deepEqual(short, { kind: 'short', limit: counted, retryAfterMs: 2000 });
    assert.equal((await limits.take([open])).kind, 'taken');
    assert.deepEqual(without, ['refused', 'local', 'local', 'local', 'open']);
  });

  test('refuses what is dearer than the share of one', async () => {
    const { limits } = sharedOver(
      storeThat(() => Promise.reject(gone)),
      { instances: 5 },
    );
    assert.equal((await limits.take([counted])).kind, 'lost');
  });

  test('asks nobody any more once the store counts as lost, and again when it is back', async () => {
    const shared = storeThat(() => Promise.reject(gone));
    const { limits, health } = sharedOver(shared);
    for (let calls = 0; calls < 10; calls += 1) await limits.take([open]);
    assert.equal(shared.asked, 3);
    health.succeeded();
    await limits.take([open]);
    assert.equal(shared.asked, 4);
  });

  test('waits no longer than it may, and gives back nothing of what was not answered', async () => {
    const shared = storeThat(() => new Promise(() => undefined));
    const { limits } = sharedOver(shared, { timeoutMs: 5 });
    const taking = await limits.take([counted]);
    assert.equal(taking.kind, 'taken');
    assert.equal(shared.returned, 0);
  });

  test('gives back where it took', async () => {
    const shared = storeThat(() => Promise.reject(gone));
    const { limits, local } = sharedOver(shared);
    const taking = await limits.take([counted]);
    assert.ok(taking.kind === 'taken' && taking.from !== undefined);
    await taking.from.refund([counted]);
    assert.equal(shared.returned, 0);
    const again = await limits.take([counted]);
    assert.deepEqual(again.kind === 'taken' && again.remaining, [1]);
    assert.equal(local.size, 1);
  });
});

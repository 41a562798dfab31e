/**
 * Holds both stores of limits, and of budgets, to their oracles for as many operations as it is told, 100 000 each without a word. `npm run test:limits`.
 *
 * Prints what was seen, and the seed when it ends badly: fast-check shrinks what failed.
 *
 * @module
 */
import fc from 'fast-check';
import { countOperation, type CountsSeen, obeysTheCountOracle } from '../../src/stores/count-laws.fixture.ts';
import { BEGINNING_MS, limitOperation, obeysTheOracle, type Seen } from '../../src/stores/limit-laws.fixture.ts';
import { MemoryCounts } from '../../src/stores/memory/counts.ts';
import { MemoryTokenBuckets } from '../../src/stores/memory/token-buckets.ts';
import { countsObeyOnRedis } from './counts-obey-on-redis.ts';
import { obeysOnRedis } from './obeys-on-redis.ts';
import { openClient } from './open-client.ts';
import { startRedis } from './start-redis.ts';

const wanted = Number(process.argv[2] ?? 100_000);
const operations = fc.array(limitOperation, { minLength: 100, maxLength: 400, size: 'max' });

await using redis = await startRedis();
using opened = await openClient({ socket: redis.socket, timeout_ms: 1000 });

/** Runs one round after the other until enough was asked. */
async function hold(name: string, round: (asked: Parameters<typeof obeysTheOracle>[1], seen: Seen) => Promise<void>) {
  const seen: Seen = { operations: 0, refused: 0, waits: 0 };
  while (seen.operations < wanted) {
    await fc.assert(
      fc.asyncProperty(operations, (asked) => round(asked, seen)),
      { numRuns: 20 },
    );
  }
  console.log(
    `${name}: ${seen.operations} operations, ${seen.refused} refused, ${seen.waits} waits exact, 0 differences`,
  );
}

await hold('memory', async (asked, seen) => {
  let nowMs = BEGINNING_MS;
  const store = new MemoryTokenBuckets(100, { monotonicMs: () => nowMs });
  const moveTo = (toMs: number): void => void (nowMs = toMs);
  await obeysTheOracle({ store, moveTo, contents: () => String(store.size) }, asked, seen);
});
await hold('redis', (asked, seen) => obeysOnRedis(opened.client, asked, seen));

const countOperations = fc.array(countOperation, { minLength: 100, maxLength: 300, size: 'max' });

/** The same for what is counted beyond rates. */
async function holdCounts(
  name: string,
  round: (asked: Parameters<typeof obeysTheCountOracle>[1], seen: CountsSeen) => Promise<void>,
) {
  const seen: CountsSeen = { operations: 0, refused: 0, settled: 0 };
  while (seen.operations < wanted) {
    await fc.assert(
      fc.asyncProperty(countOperations, (asked) => round(asked, seen)),
      { numRuns: 20 },
    );
  }
  console.log(
    `${name}: ${seen.operations} operations, ${seen.refused} refused, ${seen.settled} words of what calls came to, 0 differences`,
  );
}

await holdCounts('budgets in memory', async (asked, seen) => {
  let nowMs = BEGINNING_MS;
  const clock = { monotonicMs: () => nowMs };
  const store = new MemoryCounts({ buckets: new MemoryTokenBuckets(100, clock), capacity: 100, clock });
  const moveTo = (toMs: number): void => void (nowMs = toMs);
  await obeysTheCountOracle({ store, moveTo, contents: () => '' }, asked, seen);
});
await holdCounts('budgets in redis', (asked, seen) => countsObeyOnRedis(opened.client, asked, seen));

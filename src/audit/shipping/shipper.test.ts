import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { suite, test } from 'node:test';
import type { RecordSink, ShippedRecord } from './record-sink.ts';
import type { ShipNews } from './ship-news.ts';
import { Shipper } from './shipper.ts';
import { writtenLog } from './shipping.fixture.ts';
import { SignedTail } from './signed-tail.ts';

/** A place that takes what it is told to. */
function fakeSink(): {
  readonly sink: RecordSink;
  readonly got: number[];
  fails: number;
  refuses: number;
  closed: boolean;
} {
  const state = {
    got: [] as number[],
    fails: 0,
    refuses: 0,
    closed: false,
    sink: {
      async deliver(records: readonly ShippedRecord[]) {
        await setImmediate();
        state.fails -= 1;
        if (state.fails >= 0) throw new Error('gone');
        state.got.push(...records.map(({ sequence }) => sequence));
        return state.refuses;
      },
      async [Symbol.asyncDispose]() {
        await setImmediate();
        state.closed = true;
      },
    },
  };
  return state;
}

interface Tried extends AsyncDisposable {
  readonly place: ReturnType<typeof fakeSink>;
  readonly news: ShipNews[];
  readonly kept: number[];
  readonly shipper: Shipper;
  /** Resolves when it told what `fits`. */
  until(fits: (news: ShipNews) => boolean): Promise<void>;
}

function tried(signed: () => number, place: ReturnType<typeof fakeSink>): Tried {
  const log = writtenLog();
  log.append(1, 1, 2, 3);
  const [news, kept]: [ShipNews[], number[]] = [[], []];
  let hear = (): void => {};
  const shipper = new Shipper({
    name: 'archive',
    sink: place.sink,
    tail: new SignedTail(log.directory, 0),
    signed: () => Promise.resolve(signed()),
    keep: async (through) => {
      await setImmediate();
      kept.push(through);
    },
    tell(step) {
      news.push(step);
      hear();
    },
    random: () => 0,
  });
  return {
    place,
    news,
    kept,
    shipper,
    until: (fits) =>
      new Promise((resolve) => {
        hear = () => void (news.some(fits) && resolve());
        hear();
      }),
    async [Symbol.asyncDispose]() {
      await shipper.close();
      log[Symbol.dispose]();
    },
  };
}

suite('Shipper', () => {
  test('brings what is signed, and keeps how far it came behind that', async () => {
    await using run = tried(() => 2, fakeSink());
    await run.until(({ shipped }) => shipped > 0);
    assert.deepEqual([run.place.got, run.kept], [[1, 2], [2]]);
    assert.deepEqual(run.news.at(0), { sink: 'archive', shipped: 2, failures: 0, missing: 0, refused: 0, behind: 0 });
  });

  test('brings the same records again after a failure, and says why', async () => {
    const place = fakeSink();
    place.fails = 1;
    await using run = tried(() => 3, place);
    await run.until(({ shipped }) => shipped > 0);
    assert.deepEqual([place.got, run.kept], [[1, 2, 3], [3]]);
    const [first] = run.news;
    assert.deepEqual(first, {
      sink: 'archive',
      shipped: 0,
      failures: 1,
      missing: 0,
      refused: 0,
      behind: 3,
      failing: 'gone',
    });
  });

  test('counts what the place refused for good, and does not bring it again', async () => {
    const place = fakeSink();
    place.refuses = 3;
    await using run = tried(() => 3, place);
    await run.until(({ refused }) => refused > 0);
    await run.until(({ shipped, refused, behind }) => shipped + refused + behind === 0);
    assert.deepEqual([place.got, run.kept, run.news[0]?.shipped], [[1, 2, 3], [3], 0]);
  });

  test('goes on when it cannot be told for a while what is signed', async () => {
    let asked = 0;
    const signed = (): number => {
      asked += 1;
      assert.ok(asked > 1, 'unreadable');
      return 3;
    };
    await using run = tried(signed, fakeSink());
    await run.until(({ shipped }) => shipped > 0);
    assert.deepEqual([run.place.got, run.news[0]?.failing], [[1, 2, 3], 'unreadable']);
  });

  test('brings what was signed last when it is closed, and closes the place', async () => {
    let signed = 1;
    const run = tried(() => signed, fakeSink());
    await run.until(({ shipped }) => shipped > 0);
    signed = 3;
    await run[Symbol.asyncDispose]();
    assert.deepEqual([run.place.got, run.place.closed], [[1, 2, 3], true]);
  });

  test('gives up at the first failure when it is closed', async () => {
    const place = fakeSink();
    place.fails = 1000;
    const run = tried(() => 3, place);
    await run[Symbol.asyncDispose]();
    assert.deepEqual([place.got, run.kept, place.closed], [[], [], true]);
  });
});

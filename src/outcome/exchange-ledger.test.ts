import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { newBench } from './exchange-ledger.fixture.ts';
import type { ExchangeLedger, Report, Settled } from './exchange-ledger.ts';

const told = (decisionId: string, kind: Report['kind'] = 'answered'): Report => ({ decisionId, kind, replyBytes: 7 });

suite('createExchangeLedger()', () => {
  test('tells an outcome once, with the time that passed, and gives back what was held', async () => {
    const bench = newBench();
    bench.ledger.open(bench.exchange('a', 'pass'));
    bench.clock.ms = 30;
    assert.equal(bench.ledger.settle({ ...told('a'), httpStatus: 200 }), 'settled');
    assert.deepEqual(bench.outcomes, [
      { decisionId: 'a', kind: 'answered', replyBytes: 7, httpStatus: 200, durationMs: 30 },
    ]);
    assert.deepEqual(bench.givenBack, ['release a']);
    assert.equal(bench.ledger.size, 0);
  });

  test('gives back what was taken from limits, too, when the allow was not delivered', () => {
    const bench = newBench();
    bench.ledger.open(bench.exchange('a', 'pass'));
    bench.ledger.settle(told('a', 'undelivered'));
    assert.deepEqual(bench.givenBack, ['withdraw a']);
  });

  /** What each of a row of steps comes to, and the outcomes that were told. */
  const rows: readonly (readonly [string, 'pass' | 'judge', readonly Step[], readonly string[], readonly string[]])[] =
    [
      ['an entry twice', 'pass', ['log', 'log'], ['settled', 'repeated'], ['answered']],
      ['an entry of nothing', 'pass', ['other'], ['unknown'], []],
      ['an entry before the stream', 'judge', ['log', 'claim'], ['settled', 'nothing'], ['answered']],
      [
        'a stream, then an entry',
        'judge',
        ['claim', 'stream', 'log'],
        ['claimed', 'settled', 'repeated'],
        ['replaced'],
      ],
      [
        'an entry while the stream runs',
        'judge',
        ['claim', 'log', 'stream'],
        ['claimed', 'settled', 'repeated'],
        ['answered'],
      ],
      ['two streams', 'judge', ['claim', 'claim'], ['claimed', 'nothing'], []],
      ['a stream for what passes unjudged', 'pass', ['claim', 'log'], ['nothing', 'settled'], ['answered']],
      ['an entry after nobody reported', 'pass', ['expire', 'log'], ['', 'repeated'], ['unknown']],
      ['a stream after nobody reported', 'judge', ['expire', 'claim'], ['', 'nothing'], ['unknown']],
      [
        'a stream that is longer than reports may take',
        'judge',
        ['claim', 'expire', 'stream'],
        ['claimed', '', 'settled'],
        ['replaced'],
      ],
      ['an end without reports', 'pass', ['close', 'log'], ['', 'repeated'], ['unknown']],
      [
        'an end of the service in mid-stream',
        'judge',
        ['claim', 'close', 'stream'],
        ['claimed', '', 'repeated'],
        ['unknown'],
      ],
    ];
  type Step = 'log' | 'other' | 'claim' | 'stream' | 'expire' | 'close';
  for (const [what, reply, steps, came, outcomes] of rows) {
    test(`has one outcome for ${what}`, () => {
      const bench = newBench();
      const { ledger, clock } = bench;
      const act: Readonly<Record<Step, () => Settled | 'claimed' | 'nothing' | ''>> = {
        log: () => ledger.settle(told('a')),
        other: () => ledger.settle(told('b')),
        claim: () => (ledger.claim('a') === undefined ? 'nothing' : 'claimed'),
        stream: () => ledger.settle(told('a', 'replaced')),
        expire() {
          clock.ms += 11_000;
          ledger.sweep();
          return '';
        },
        close() {
          ledger.close();
          return '';
        },
      };
      ledger.open(bench.exchange('a', reply));
      assert.deepEqual(
        steps.map((step) => act[step]()),
        came,
      );
      assert.deepEqual(
        bench.outcomes.map(({ kind }) => kind),
        outcomes,
      );
      assert.equal(bench.givenBack.length, outcomes.length);
    });
  }

  test('takes a report from whoever claimed the exchange', () => {
    const bench = newBench();
    bench.ledger.open(bench.exchange('a', 'judge'));
    bench.ledger.claim('a')?.recorder.outcome({ decisionId: 'a', kind: 'answered', durationMs: 5, replyBytes: 1 });
    assert.deepEqual(bench.givenBack, ['release a']);
    assert.deepEqual(bench.outcomes, [{ decisionId: 'a', kind: 'answered', durationMs: 5, replyBytes: 1 }]);
  });

  test('expires in order and not before its time', () => {
    const bench = newBench();
    bench.ledger.open(bench.exchange('a', 'pass'));
    bench.clock.ms = 5000;
    bench.ledger.open(bench.exchange('b', 'pass'));
    bench.clock.ms = 10_999;
    bench.ledger.sweep();
    assert.equal(bench.ledger.size, 2);
    bench.clock.ms = 11_000;
    bench.ledger.sweep();
    assert.deepEqual([bench.events, bench.ledger.size], [['expired a'], 1]);
  });

  test('lets an exchange live of which it hears, and tells its whole time in the end', () => {
    const bench = newBench();
    for (const id of ['a', 'b']) bench.ledger.open(bench.exchange(id, 'pass'));
    for (let beat = 0; beat < 3; beat += 1) {
      bench.clock.ms += 10_000;
      bench.ledger.alive('a');
      bench.ledger.alive('nobody');
      bench.ledger.sweep();
    }
    assert.deepEqual([bench.events, bench.ledger.size], [['expired b'], 1]);
    bench.ledger.settle(told('a'));
    assert.equal(bench.outcomes.at(-1)?.durationMs, 30_000);
  });

  test('takes no more exchanges than it has room for, and none twice', () => {
    const bench = newBench({ maxExchanges: 2 });
    const open = (id: string): boolean => bench.ledger.open(bench.exchange(id, 'pass'));
    assert.deepEqual([open('a'), open('a'), open('b'), open('c')], [true, false, true, false]);
    bench.ledger.settle(told('a'));
    assert.equal(open('c'), true);
    assert.deepEqual(bench.events, ['full a', 'full c']);
  });

  test('takes no more bytes than it has room for, however they are kept', () => {
    const bench = newBench({ maxBytes: 100 });
    const open = (id: string, reply: 'pass' | 'judge' | 'edit', bytes: number): boolean =>
      bench.ledger.open(bench.exchange(id, reply, bytes));
    assert.equal(open('a', 'edit', 51), false);
    assert.equal(open('a', 'edit', 30), true);
    assert.equal(open('b', 'judge', 41), false);
    assert.equal(open('b', 'judge', 40), true);
    assert.equal(open('c', 'pass', 0), true);
    bench.ledger.claim('a');
    assert.equal(open('d', 'judge', 1), false);
    bench.ledger.settle(told('a'));
    assert.equal(open('d', 'edit', 30), true);
  });

  test('keeps at most half of the bytes for one caller, so that none keeps the others out', () => {
    const bench = newBench({ maxBytes: 100 });
    const open = (id: string, owner: string, bytes: number): boolean =>
      bench.ledger.open(bench.exchange(id, 'edit', bytes, owner));
    assert.deepEqual([open('a', 'mallory', 15), open('b', 'mallory', 15), open('c', 'alice', 20)], [true, false, true]);
    bench.ledger.claim('a');
    assert.equal(open('d', 'mallory', 15), false);
    bench.ledger.settle(told('a'));
    assert.equal(open('e', 'mallory', 30), true);
    assert.equal(open('f', 'bob', 1), false);
  });

  test('keeps a body only where it will be changed', () => {
    const bench = newBench();
    bench.ledger.open(bench.exchange('a', 'judge', 9));
    bench.ledger.open(bench.exchange('b', 'edit', 9));
    const [judged, edited] = [bench.ledger.claim('a'), bench.ledger.claim('b')];
    assert.deepEqual([judged?.received.body, judged?.facts.call.body.length], [undefined, 0]);
    assert.deepEqual([edited?.received.body?.length, edited?.facts.call.body.length], [9, 9]);
  });

  test('takes nothing in once it is closed', () => {
    const bench = newBench();
    bench.ledger.close();
    assert.equal(bench.ledger.open(bench.exchange('a', 'pass')), false);
  });

  test('says when nothing is open any more', async () => {
    const bench = newBench();
    await bench.ledger.whenEmpty();
    bench.ledger.open(bench.exchange('a', 'pass'));
    bench.ledger.open(bench.exchange('b', 'judge'));
    bench.ledger.claim('b');
    let empty = false;
    const waiting = bench.ledger.whenEmpty().then(() => (empty = true));
    bench.ledger.settle(told('a'));
    await nextTurn();
    assert.equal(empty, false);
    bench.ledger.settle(told('b'));
    assert.equal(await waiting, true);
  });

  test('goes on when an outcome or a hold fails', async () => {
    const bench = newBench();
    const broken = async (): Promise<never> => {
      throw new Error('broken');
    };
    const recorder = {
      outcome(): never {
        throw new Error('no record');
      },
    };
    bench.ledger.open({ ...bench.exchange('a', 'pass'), release: broken, recorder });
    assert.equal(bench.ledger.settle(told('a')), 'settled');
    await nextTurn();
    assert.deepEqual(bench.errors.map(String), ['Error: no record', 'Error: broken']);
  });

  test('asks once why nobody ever told of a call', () => {
    const bench = newBench({ reportWithinMs: 600_000 });
    bench.ledger.open(bench.exchange('a', 'pass'));
    bench.clock.ms = 59_999;
    bench.ledger.sweep();
    assert.deepEqual(bench.events, []);
    bench.clock.ms = 60_000;
    bench.ledger.sweep();
    bench.ledger.sweep();
    assert.deepEqual(bench.events, ['untold a']);
  });

  test('does not ask where outcomes are told', () => {
    const bench = newBench({ reportWithinMs: 600_000 });
    for (const id of ['a', 'b']) bench.ledger.open(bench.exchange(id, 'pass'));
    bench.ledger.settle(told('b', 'cancelled'));
    bench.clock.ms = 60_000;
    bench.ledger.sweep();
    assert.deepEqual(bench.events, []);
  });
});

suite('ExchangeLedger.attended', () => {
  /** A bench on which nobody came for these replies in time. */
  function missed(...ids: readonly string[]) {
    const bench = newBench();
    for (const id of ids) bench.ledger.open(bench.exchange(id, 'judge'));
    bench.clock.ms = 2000;
    bench.ledger.sweep();
    return bench;
  }

  test('is not believed after three replies that nobody came for in two seconds', () => {
    assert.equal(missed('a', 'b').ledger.attended, true);
    const bench = missed('a', 'b', 'c');
    assert.equal(bench.ledger.attended, false);
    assert.deepEqual(bench.events, ['unattended a', 'unattended b', 'unattended c']);
    bench.ledger.sweep();
    assert.equal(bench.events.length, 3);
  });

  test('is believed again when somebody comes, be it late, or the configuration changes', () => {
    const late = missed('a', 'b', 'c');
    assert.notEqual(late.ledger.claim('b'), undefined);
    assert.equal(late.ledger.attended, true);
    const changed = missed('a', 'b', 'c');
    changed.ledger.forgive();
    assert.equal(changed.ledger.attended, true);
  });

  test('is not believed as soon as one reply went out unjudged, and its outcome says so', () => {
    const bench = newBench();
    bench.ledger.open(bench.exchange('a', 'judge'));
    bench.ledger.settle(told('a'));
    assert.equal(bench.ledger.attended, false);
    assert.deepEqual(bench.events, ['unjudged a']);
    assert.match(bench.outcomes[0]?.operatorDetail ?? '', /no ext_proc stream/);
  });

  test('is believed whatever clients leave behind, once the log is heard', () => {
    const hearing: readonly ((ledger: ExchangeLedger) => void)[] = [
      (ledger) => ledger.alive('heard'),
      (ledger) => void ledger.settle(told('heard', 'cancelled')),
    ];
    for (const hear of hearing) {
      const bench = missed('a', 'b', 'c');
      bench.ledger.open(bench.exchange('heard', 'pass'));
      hear(bench.ledger);
      assert.equal(bench.ledger.attended, true);
      for (const id of ['d', 'e', 'f']) bench.ledger.open(bench.exchange(id, 'judge'));
      bench.clock.ms = 4000;
      bench.ledger.sweep();
      assert.equal(bench.ledger.attended, true);
    }
  });

  test('is tried anew, less and less often, where the log is expected and was not heard yet', () => {
    const bench = newBench({ expectsLog: true, maxExchanges: 100, reportWithinMs: 3_600_000 });
    const miss = (id: string): void => {
      bench.ledger.open(bench.exchange(id, 'judge'));
      bench.clock.ms += 2000;
      bench.ledger.sweep();
    };
    const heldBack: number[] = [];
    for (let at = 0; at < 12; at += 1) {
      miss(`id-${at}`);
      const fromMs = bench.clock.ms;
      while (!bench.ledger.attended) bench.clock.ms += 1000;
      heldBack.push((bench.clock.ms - fromMs) / 1000);
    }
    assert.deepEqual(heldBack, [0, 0, 5, 10, 20, 40, 80, 160, 300, 300, 300, 300]);
    bench.ledger.claim('id-11');
    for (const id of ['a', 'b', 'c']) miss(id);
    bench.clock.ms += 4999;
    assert.equal(bench.ledger.attended, false);
    bench.clock.ms += 1;
    assert.equal(bench.ledger.attended, true);
  });

  test('takes a second word about a call for the log, and the word of a stream for none', () => {
    const bench = missed('a', 'b', 'c');
    bench.ledger.open(bench.exchange('claimed', 'judge'));
    bench.ledger.claim('claimed')?.recorder.outcome({ ...told('claimed'), durationMs: 1 });
    for (const id of ['d', 'e', 'f']) bench.ledger.open(bench.exchange(id, 'judge'));
    bench.clock.ms = 4000;
    bench.ledger.sweep();
    assert.equal(bench.ledger.attended, false);
    assert.equal(bench.ledger.settle(told('claimed')), 'repeated');
    assert.equal(bench.ledger.attended, true);
  });

  test('is not believed as soon as a client was seen to leave a reply that nobody judged', () => {
    const bench = newBench();
    bench.ledger.open(bench.exchange('a', 'judge'));
    bench.ledger.settle(told('a', 'cancelled'));
    assert.deepEqual([bench.ledger.attended, bench.events], [false, ['unjudged a']]);
  });

  test('is not believed as soon as a reply is seen to go on for which nobody came in time', () => {
    const bench = newBench();
    bench.ledger.open(bench.exchange('a', 'judge'));
    bench.ledger.alive('a');
    assert.equal(bench.ledger.attended, true);
    bench.clock.ms = 2000;
    bench.ledger.alive('a');
    bench.ledger.alive('a');
    assert.deepEqual([bench.ledger.attended, bench.events], [false, ['unjudged a']]);
  });

  test('gives back what waited for somebody when he comes', () => {
    const bench = newBench();
    const back: string[] = [];
    const awaited = { [Symbol.dispose]: () => void back.push('awaited') };
    bench.ledger.open({ ...bench.exchange('a', 'judge'), awaited });
    assert.deepEqual(back, []);
    bench.ledger.claim('a');
    assert.deepEqual(back, ['awaited']);
  });

  test('does not count what ended before somebody could come, nor what passes unjudged', () => {
    const bench = newBench();
    for (const id of ['a', 'b', 'c']) {
      bench.ledger.open(bench.exchange(id, 'judge'));
      bench.ledger.settle(told(id, 'undelivered'));
    }
    for (const id of ['d', 'e', 'f']) bench.ledger.open(bench.exchange(id, 'pass'));
    bench.clock.ms = 2000;
    bench.ledger.sweep();
    assert.deepEqual([bench.ledger.attended, bench.events], [true, []]);
  });
});

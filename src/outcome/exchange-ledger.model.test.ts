import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { type LedgerBench, newBench } from './exchange-ledger.fixture.ts';
import type { Report } from './exchange-ledger.ts';

/*
 * Whatever comes in whatever order: each exchange that was taken in has exactly one outcome in the end and gives back what it
 * held exactly once, one that was not taken in has none, and there is never more than there is room for.
 */

const MAX = { exchanges: 4, bytes: 100, ids: 8 };

/** What whoever claimed an exchange can do. */
type Claims = Map<string, { leave(): void }>;

interface Model {
  /** Bytes of each exchange that was taken in. */
  readonly taken: Map<string, number>;
  readonly claimed: Set<string>;
  /** Left while nobody had told their outcome. */
  readonly left: Set<string>;
  readonly claims: Claims;
}

type Command = fc.Command<Model, LedgerBench>;

const id = fc.integer({ min: 0, max: MAX.ids - 1 }).map(String);
const kind = fc.constantFrom('answered', 'cancelled', 'undelivered', 'upstream-failed', 'replaced', 'unknown');
const BYTES_KEPT = { pass: 0, judge: 1, edit: 2 };

function openOf({ taken }: Model, bench: LedgerBench): readonly string[] {
  const told = new Set(bench.outcomes.map(({ decisionId }) => decisionId));
  return [...taken.keys()].filter((one) => !told.has(one));
}

function openCommand(decisionId: string, reply: 'pass' | 'judge' | 'edit', bytes: number): Command {
  return {
    // Decision ids are minted: none is ever used twice.
    check: ({ taken }) => !taken.has(decisionId),
    run(model, bench) {
      const open = openOf(model, bench);
      const kept = bytes * BYTES_KEPT[reply];
      const held = open.reduce((sum, one) => sum + (model.taken.get(one) ?? 0), 0);
      const hasRoom = open.length < MAX.exchanges && held + kept <= MAX.bytes;
      assert.equal(bench.ledger.open(bench.exchange(decisionId, reply, bytes)), hasRoom);
      if (hasRoom) model.taken.set(decisionId, kept);
      assert.equal(bench.ledger.size, openOf(model, bench).length);
    },
    toString: () => `open ${decisionId} ${reply} ${bytes}`,
  };
}

function claimCommand(decisionId: string): Command {
  return {
    check: () => true,
    run(model, bench) {
      const claimed = bench.ledger.claim(decisionId);
      if (claimed === undefined) return;
      model.claims.set(decisionId, claimed);
      assert.ok(openOf(model, bench).includes(decisionId) && !model.claimed.has(decisionId));
      model.claimed.add(decisionId);
    },
    toString: () => `claim ${decisionId}`,
  };
}

/** Its stream is over, be it before or behind what others tell of it, and be it twice. */
function leaveCommand(decisionId: string): Command {
  return {
    check: () => true,
    run(model, bench) {
      const open = openOf(model, bench);
      const claim = model.claims.get(decisionId);
      const isFirst = claim !== undefined && open.includes(decisionId) && !model.left.has(decisionId);
      const before = bench.givenBack.length;
      claim?.leave();
      if (isFirst) model.left.add(decisionId);
      assert.deepEqual(bench.givenBack.slice(before), isFirst ? [`release ${decisionId}`] : []);
      assert.equal(bench.ledger.size, open.length);
    },
    toString: () => `leave ${decisionId}`,
  };
}

function aliveCommand(decisionId: string): Command {
  return {
    check: () => true,
    run(model, bench) {
      const open = openOf(model, bench).length;
      bench.ledger.alive(decisionId);
      assert.equal(bench.ledger.size, open);
    },
    toString: () => `alive ${decisionId}`,
  };
}

function settleCommand(decisionId: string, told: Report['kind']): Command {
  return {
    check: () => true,
    run(model, bench) {
      const over = model.taken.has(decisionId) ? 'repeated' : 'unknown';
      const expected = openOf(model, bench).includes(decisionId) ? 'settled' : over;
      assert.equal(bench.ledger.settle({ decisionId, kind: told, replyBytes: 0 }), expected);
    },
    toString: () => `settle ${decisionId} ${told}`,
  };
}

function waitCommand(ms: number): Command {
  return {
    check: () => true,
    run(model, bench) {
      bench.clock.ms += ms;
      bench.ledger.sweep();
      const open = openOf(model, bench);
      assert.equal(bench.ledger.size, open.length);
      // Only whoever claimed it may keep an exchange for long.
      assert.ok(ms < 11_000 || open.every((one) => model.claimed.has(one)));
    },
    toString: () => `wait ${ms}`,
  };
}

const commands = fc.commands(
  [
    fc.tuple(id, fc.constantFrom('pass', 'judge', 'edit'), fc.nat(60)).map((one) => openCommand(...one)),
    id.map(claimCommand),
    id.map(aliveCommand),
    id.map(leaveCommand),
    fc.tuple(id, kind).map((one) => settleCommand(...one)),
    fc.constantFrom(100, 2000, 5000, 12_000).map(waitCommand),
  ],
  { maxCommands: 60, size: 'max' },
);

suite('ExchangeLedger', () => {
  test('has one outcome and one give-back for each exchange, in any order of events', () => {
    fc.assert(
      fc.property(commands, fc.boolean(), (plan, isClosed) => {
        const bench = newBench({ maxExchanges: MAX.exchanges, maxBytes: MAX.bytes });
        const model: Model = { taken: new Map(), claimed: new Set(), left: new Set(), claims: new Map() };
        fc.modelRun(() => ({ model, real: bench }), plan);
        if (isClosed) bench.ledger.close();
        for (const decisionId of openOf(model, bench)) {
          bench.ledger.settle({ decisionId, kind: 'answered', replyBytes: 0 });
        }
        assert.equal(bench.ledger.size, 0);
        assert.equal(bench.ledger.open(bench.exchange('last', 'edit', MAX.bytes / 2)), !isClosed);
        const ids = [...model.taken.keys()].toSorted();
        assert.deepEqual(bench.outcomes.map(({ decisionId }) => decisionId).toSorted(), ids);
        assert.deepEqual(bench.left.toSorted(), [...model.left].toSorted());
        // What was left has given back what it held; the rest, once its outcome says that it never ran.
        const atTheEnd = bench.outcomes.flatMap(({ decisionId, kind: told }) =>
          told === 'undelivered'
            ? [`withdraw ${decisionId}`]
            : model.left.has(decisionId)
              ? []
              : [`release ${decisionId}`],
        );
        const whenLeft = [...model.left].map((one) => `release ${one}`);
        assert.deepEqual(bench.givenBack.toSorted(), [...whenLeft, ...atTheEnd].toSorted());
      }),
      { numRuns: 500 },
    );
  });
});

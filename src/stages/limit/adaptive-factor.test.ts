import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { AdaptiveFactor, type FactorSettings, type UpstreamSign } from './adaptive-factor.ts';

const SETTINGS: FactorSettings = { minimum: 0.1, intervalMs: 1000, step: 0.05, slowRate: 50, minimumCalls: 4 };

type Step = readonly [atMs: number, sign: UpstreamSign | 'late' | 'look', factor: number];

const TABLES: readonly (readonly [string, readonly Step[]])[] = [
  [
    'stands at 1 while all is well',
    [
      [0, 'well', 1],
      [5000, 'well', 1],
    ],
  ],
  ['is halved at once when the server asks for less', [[500, 'pushed-back', 0.5]]],
  [
    'is halved at most once an interval',
    [
      [0, 'pushed-back', 0.5],
      [999, 'pushed-back', 0.5],
      [1000, 'pushed-back', 0.25],
      [1500, 'late', 0.25],
    ],
  ],
  [
    'is halved when this process is late',
    [
      [0, 'late', 0.5],
      [10, 'late', 0.5],
    ],
  ],
  [
    'never falls below the minimum',
    [
      [0, 'pushed-back', 0.5],
      [900, 'pushed-back', 0.5],
      [1000, 'pushed-back', 0.25],
      [1900, 'pushed-back', 0.25],
      [2000, 'pushed-back', 0.125],
      [2900, 'pushed-back', 0.125],
      [3000, 'pushed-back', 0.1],
      [3900, 'pushed-back', 0.1],
      [4000, 'pushed-back', 0.1],
    ],
  ],
  [
    'rises by a step for each interval without trouble',
    [
      [0, 'pushed-back', 0.5],
      [999, 'look', 0.5],
      [1000, 'look', 0.55],
      [3000, 'look', 0.65],
    ],
  ],
  [
    'does not rise by an interval with trouble in it',
    [
      [0, 'pushed-back', 0.5],
      [500, 'pushed-back', 0.5],
      [1000, 'look', 0.5],
      [2000, 'look', 0.55],
    ],
  ],
  [
    'is back at 1 and stays there',
    [
      [0, 'pushed-back', 0.5],
      [10_000, 'look', 1],
      [60_000, 'look', 1],
    ],
  ],
  [
    'is halved once so many calls were slow',
    [
      [0, 'well', 1],
      [1, 'well', 1],
      [2, 'slow', 1],
      [3, 'slow', 0.5],
    ],
  ],
  [
    'is not halved by few slow calls',
    [
      [0, 'slow', 1],
      [1, 'slow', 1],
      [2, 'slow', 1],
    ],
  ],
  [
    'counts slow calls of one interval only',
    [
      [0, 'slow', 1],
      [1, 'slow', 1],
      [2, 'slow', 1],
      [1000, 'slow', 1],
    ],
  ],
  [
    'does not move for time that runs backwards',
    [
      [5000, 'pushed-back', 0.5],
      [0, 'look', 0.5],
      [100, 'pushed-back', 0.5],
      [6000, 'look', 0.5],
    ],
  ],
];

function play(factor: AdaptiveFactor, [atMs, sign]: Step): number {
  if (sign === 'late') factor.halve(atMs);
  else if (sign !== 'look') factor.hear(sign, atMs);
  return factor.at(atMs);
}

suite('AdaptiveFactor', () => {
  for (const [what, steps] of TABLES) {
    test(what, () => {
      const factor = new AdaptiveFactor(SETTINGS, 0);
      for (const step of steps)
        assert.ok(Math.abs(play(factor, step) - step[2]) < 1e-9, `${step[0]}: ${factor.at(step[0])}`);
    });
  }

  const moves = fc.array(
    fc.tuple(
      fc.integer({ min: -500, max: 3000 }),
      fc.constantFrom<Step[1]>('well', 'slow', 'pushed-back', 'late', 'look'),
    ),
    { maxLength: 300 },
  );

  test('stays between the minimum and 1, falls at most by half an interval, and recovers in a known time', () => {
    fc.assert(
      fc.property(moves, (history) => {
        const factor = new AdaptiveFactor(SETTINGS, 0);
        let nowMs = 0;
        let latestMs = 0;
        let halvedMs = -Infinity;
        let before = 1;
        for (const [sinceMs, sign] of history) {
          nowMs += sinceMs;
          latestMs = Math.max(latestMs, nowMs);
          const now = play(factor, [nowMs, sign, 0]);
          assert.ok(now >= SETTINGS.minimum && now <= 1);
          const hasFallen = now < before;
          assert.ok(!hasFallen || nowMs - halvedMs >= SETTINGS.intervalMs);
          assert.ok(now >= Math.min(before, 1) / 2 - 1e-9);
          halvedMs = hasFallen ? nowMs : halvedMs;
          before = now;
        }
        const intervals = Math.ceil((1 - SETTINGS.minimum) / SETTINGS.step) + 2;
        assert.equal(factor.at(latestMs + intervals * SETTINGS.intervalMs), 1);
      }),
    );
  });
});

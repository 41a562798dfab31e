import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { callsClaims } from '../soak/envoy/calls-claims.ts';
import { type CallsOptions, runCalls } from '../soak/envoy/run-calls.ts';
import { whyNoEnvoy } from './envoy-part.ts';

const MIB = 1024 * 1024;

/*
 * The short form of `npm run test:soak:envoy`. On one connection, Node would by itself end it for the resets of so many
 * streams. The first thousand calls fill caches (0.8 MB of heap); after that, 25 000 calls keep 0.3 MB. So few calls are
 * still warming the process up natively, too: its resident memory only shows gross leaks here.
 */
const MEASURED = { workers: 1, warmUp: 1500, calls: 1500, checkpoints: 2 };
const LIMITS = { calls: 1500, heap: MIB, resident: 32 * MIB };

const RUNS: readonly (readonly [string, CallsOptions])[] = [
  ['inspected, each stream reset', { wiring: 'inspect', closing: 'default', kind: 'echo', ...MEASURED }],
  ['inspected, each stream ended', { wiring: 'inspect', closing: 'graceful', kind: 'list', ...MEASURED }],
  ['authorized and judged, each stream reset', { wiring: 'authorize', closing: 'default', kind: 'list', ...MEASURED }],
  ['authorized, and no more', { wiring: 'authorize', closing: 'graceful', kind: 'echo', ...MEASURED }],
];

suite('A Sallyport that many calls are asked of', { skip: whyNoEnvoy() }, () => {
  for (const [name, options] of RUNS) {
    test(name, async (t) => {
      const report = await runCalls(options);
      for (const { text, holds, found } of callsClaims(report, LIMITS)) {
        await t.test(text, () => assert.ok(holds, found));
      }
    });
  }
});

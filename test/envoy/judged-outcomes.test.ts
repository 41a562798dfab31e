import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { readSegments } from '../../src/audit/read-segments.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { ask, JSON_TYPE, list, type Scripted, startScripted, towards } from './scripted-upstream.ts';
import { WIRINGS } from '../e2e/carriers.ts';
import { type Guarded, startGuarded } from './start-guarded.ts';

interface Told {
  readonly kind: string;
  readonly http_status?: number;
  readonly detail?: string;
}

/** What the record says became of the calls, in order, as soon as there are so many. */
async function outcomes(guarded: Guarded, wanted: number): Promise<readonly Told[]> {
  for (let left = 600; ; left -= 1) {
    const items = await Array.fromAsync(readSegments(join(guarded.sallyport.folder, '.sallyport/record')));
    const records = items.flatMap((item) => (item.kind === 'record' ? [item.record] : []));
    const found = records.filter(({ type }) => type.includes('.outcome.')).map(({ data }) => data as Told);
    if (found.length >= wanted || left === 0) return found;
    await pause(50);
  }
}

for (const wiring of WIRINGS) {
  suite(`what became of a judged call (${wiring})`, { skip: whyNoEnvoy() }, () => {
    let pinned: Upstream;
    let scripted: Scripted;
    before(async () => {
      pinned = await startV2();
      scripted = await startScripted();
    });
    after(async () => {
      await scripted[Symbol.asyncDispose]();
      await pinned.close();
    });

    for (const [cursor, kind] of [
      ['plain', 'answered'],
      ['events', 'answered'],
      ['dies', 'upstream-failed'],
      ['empty', 'upstream-failed'],
      ['unanswered', 'upstream-failed'],
      ['half', 'upstream-failed'],
      ['halfway', 'upstream-failed'],
      ['html', 'replaced'],
      ['hostile', 'replaced'],
    ] as const) {
      test(`is in the record once: ${kind} (${cursor})`, async () => {
        await using guarded = await startGuarded({
          upstream: pinned.url,
          wiring,
          edit: towards(pinned.url, scripted.url),
        });
        await ask(guarded.envoy.url, cursor).catch(() => 'cut off');
        await outcomes(guarded, 1);
        // A second report would be here by now.
        await pause(100);
        assert.deepEqual(
          (await outcomes(guarded, 1)).map((told) => told.kind),
          [kind],
        );
      });
    }

    test('is in the record once: cancelled (the agent goes)', async () => {
      await using guarded = await startGuarded({
        upstream: pinned.url,
        wiring,
        edit: towards(pinned.url, scripted.url),
      });
      const stop = new AbortController();
      const asked = await fetch(guarded.envoy.url, {
        method: 'POST',
        headers: {
          ...JSON_TYPE,
          'accept': 'application/json, text/event-stream',
          'mcp-protocol-version': '2025-11-25',
        },
        body: list('endless'),
        signal: stop.signal,
      });
      assert.equal(asked.status, 200);
      stop.abort();
      assert.deepEqual(
        (await outcomes(guarded, 1)).map((told) => told.kind),
        ['cancelled'],
      );
    });
  });
}

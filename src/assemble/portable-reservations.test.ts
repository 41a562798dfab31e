import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { countOf } from '../policy/count-spec.fixture.ts';
import { ephemeralKeyRing } from '../sealing/key-ring.fixture.ts';
import { createSealer } from '../sealing/seal.ts';
import { packReservation } from '../stages/limit/portable-reservation.ts';
import { MemoryCounts } from '../stores/memory/counts.ts';
import { MemoryTokenBuckets } from '../stores/memory/token-buckets.ts';
import { telemetrySchema } from '../telemetry/config.ts';
import { createLog } from '../telemetry/log.ts';
import { portableReservations } from './portable-reservations.ts';

const budget = { ...countOf('b'), kind: 'calls' } as const;
const log = createLog({ config: telemetrySchema.parse({}), version: 'test', output: { write: () => undefined } });

suite('portableReservations()', () => {
  test('are settled by any instance with the same keys, for their listener and call alone', () => {
    const clock = { monotonicMs: () => 0 };
    const buckets = new MemoryTokenBuckets(9, clock);
    const counts = new MemoryCounts({ buckets, capacity: 9, clock });
    const ring = ephemeralKeyRing(() => 0);
    const on = (listener: string, keys = ring) =>
      portableReservations(listener, { sealer: createSealer(keys), counts, log });
    assert.equal(counts.reserve({ decisionId: 'd', limits: [], counts: [budget], heldMs: 1000 }).kind, 'taken');
    const sealed = on('envoy').seal('d', packReservation([budget]));
    assert.equal(on('other').settle('d', sealed, 0), false);
    assert.equal(on('envoy').settle('e', sealed, 0), false);
    assert.equal(
      on(
        'envoy',
        ephemeralKeyRing(() => 0),
      ).settle('d', sealed, 0),
      false,
    );
    assert.equal(on('envoy').settle('d', 'x'.repeat(100), 0), false);
    assert.equal(counts.look(budget)?.spent, 1);
    assert.equal(on('envoy').settle('d', sealed, 0), true);
    assert.equal(counts.look(budget)?.spent, 0);
  });
});

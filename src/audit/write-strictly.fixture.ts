import { writeSync } from 'node:fs';
import { systemClock } from '../kit/clock.ts';
import { clearedFacts } from './facts.fixture.ts';
import { createRecorder } from './recorder.ts';
import { RECORDER_CONFIG } from './recorder-config.fixture.ts';

/* A process that records intents of strict tools, one after the other, and says each time that it may act. */
const [directory = '', count = '1'] = process.argv.slice(2);
const recorder = await createRecorder({
  directory,
  keyPath: `${directory}.key`,
  config: {
    ...RECORDER_CONFIG,
    segment_bytes: 1024 * 1024,
    // Longer than the test: only what waits for the disk makes anything durable.
    bounded_ms: 60_000,
    max_wait_ms: 60_000,
    checkpoints: { every_ms: 3_600_000 },
  },
  source: 'urn:sallyport:test',
  clock: systemClock,
});
for (let number = 0; number < Number(count); number++) {
  const facts = clearedFacts(`d${number}`);
  await recorder.intent({ ...facts, target: { ...facts.target, durability: 'strict' } });
  writeSync(1, `allowed ${number}\n`);
}
await recorder.close();

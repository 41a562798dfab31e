import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../kit/clock.ts';
import { clearedFacts } from './facts.fixture.ts';
import { createRecorder } from './recorder.ts';
import { RECORDER_CONFIG } from './recorder-config.fixture.ts';

/*
 * A process that records intents as it is told, one after the other, and says what came of each: what a test runs on a disk that it
 * breaks. Arguments: the directory, and words like `strict`, `bounded`, `best_effort`, or a number of milliseconds to wait.
 */
const [directory = '', ...words] = process.argv.slice(2);
const recorder = await createRecorder({
  directory,
  keyPath: `${directory}.key`,
  config: {
    ...RECORDER_CONFIG,
    segment_bytes: 1024 * 1024,
    bounded_ms: 100,
    max_wait_ms: 1000,
    checkpoints: { every_ms: 3_600_000 },
  },
  source: 'urn:sallyport:test',
  clock: systemClock,
});
const facts = clearedFacts('first');

/** Records one intent. @returns what came of it. */
async function record(durability: 'strict' | 'bounded' | 'best_effort'): Promise<string> {
  try {
    await recorder.intent({ ...facts, target: { ...facts.target, durability } });
    return `${durability} allowed`;
  } catch (cause) {
    return `${durability} refused ${cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)}`;
  }
}

for (const word of words) {
  if (word === 'strict' || word === 'bounded' || word === 'best_effort') console.log(await record(word));
  else await pause(Number(word));
}
process.exit(0);

import { systemClock } from '../kit/clock.ts';
import { clearedFacts } from './facts.fixture.ts';
import { createRecorder } from './recorder.ts';
import { RECORDER_CONFIG } from './recorder-config.fixture.ts';

/*
 * A process that records intents until something stops it, and prints the id of each one it may act on: what a test kills,
 * or starves of disk. Arguments: the directory, and how many are recorded at once.
 */
const [directory = '', concurrency = '1'] = process.argv.slice(2);
const recorder = await createRecorder({
  directory,
  keyPath: `${directory}.key`,
  config: { ...RECORDER_CONFIG, max_queued_bytes: 1e6 },
  source: 'test',
  clock: systemClock,
});

async function forever(lane: number): Promise<never> {
  for (let count = 0; ; count++) {
    const id = `${lane}-${count}`;
    await recorder.intent(clearedFacts(id));
    process.stdout.write(`${id}\n`);
  }
}

try {
  await Promise.all(Array.from({ length: Number(concurrency) }, (_, lane) => forever(lane)));
} catch (cause) {
  process.stdout.write(`failed ${cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)}\n`);
  process.exit(0);
}

/**
 * Loaded into a served process beside the product: on SIGUSR2 it collects all garbage, in its threads too, and says on standard
 * error what is left.
 *
 * A JavaScript heap breathes: between two collections the resident memory holds whatever was thrown away since. What has
 * leaked is what is still there after a full collection, so that is measured.
 */
import { setTimeout } from 'node:timers/promises';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

const channel = new BroadcastChannel('collect');
channel.unref();

/** Time for the threads to finish theirs. */
const THREADS_MS = 250;

async function collect() {
  for (let round = 0; round < 4; round++) {
    await globalThis.gc({ type: 'major', execution: 'async', flavor: 'last-resort' });
    await setTimeout(20);
  }
}

if (isMainThread) {
  process.on('SIGUSR2', async () => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is no window
    channel.postMessage('now');
    await collect();
    await setTimeout(THREADS_MS);
    const { rss, heapUsed, external } = process.memoryUsage();
    process.stderr.write(`memory ${JSON.stringify({ rss, heapUsed, external })}\n`);
  });
} else {
  channel.addEventListener('message', () => void collect());
  channel.unref();
}

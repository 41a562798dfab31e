/**
 * A thread that answers nothing: what `ParserPool` must survive. `workerData` says how it fails.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';

parentPort?.on('message', () => {
  if (workerData === 'throws') throw new Error('a planted crash');
  if (workerData === 'exits') process.exit(1);
});

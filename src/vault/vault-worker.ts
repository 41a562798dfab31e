import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../kit/cause.ts';
import type { VaultOrder, VaultReport, VaultSetup } from './messages.ts';
import { markRecorded, shredsVersion, unrecordedShreds } from './shreds.ts';
import { VaultWriter } from './vault-writer.ts';

/* The thread that encrypts payloads and writes them. */
const LOOK_EVERY_MS = 500;
const setup = workerData as VaultSetup;
const tell = (report: VaultReport): void => parentPort?.postMessage(report, []);
let seen: string | undefined;

try {
  const writer = new VaultWriter({ ...setup, nowMs: () => Date.now() });
  const timer = setInterval(() => look(writer), LOOK_EVERY_MS);
  parentPort?.on('message', (order: VaultOrder) => {
    if (order.kind === 'write') tell({ kind: 'written', news: writer.write(order.batch, order.lost) });
    else if (order.kind === 'recorded') recorded(order.id);
    else {
      clearInterval(timer);
      writer.close();
      tell({ kind: 'closed' });
      parentPort?.close();
    }
  });
  tell({ kind: 'opened' });
  look(writer);
} catch (cause) {
  tell({ kind: 'not-opened', name: cause instanceof Error ? cause.name : 'Error', message: messageOf(cause) });
}

function look(writer: VaultWriter): void {
  tell({ kind: 'state', news: writer.write([]) });
  const version = shredsVersion(setup.places);
  if (version === seen) return;
  try {
    const shreds = unrecordedShreds(setup.places);
    seen = version;
    if (shreds.length > 0) tell({ kind: 'shredded', shreds });
  } catch {
    // The writer has met the same, and its state says so.
  }
}

function recorded(id: string): void {
  try {
    markRecorded(setup.places, id);
  } catch {
    // It is recorded once more after the next start.
  }
}

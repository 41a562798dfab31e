import { parentPort, workerData } from 'node:worker_threads';
import { codeOf, messageOf } from '../../kit/cause.ts';
import type { LogSigner } from './log-signer.ts';
import type { SignerFailure, SignerNews, SignerOrder, SignerSetup } from './messages.ts';
import { openSigner } from './open-signer.ts';

/* The thread that makes the record durable and signs it. */
const setup = workerData as SignerSetup;
const tell = (news: SignerNews): void => parentPort?.postMessage(news, []);

try {
  const { signer, opened } = await openSigner(setup);
  const timer = setInterval(() => void sign(() => signer.checkpoint()), setup.checkpointEveryMs);
  parentPort?.on('message', (order: SignerOrder) => {
    if (order.kind === 'sync') void sync(signer, order.through);
    else {
      clearInterval(timer);
      void close(signer, order.through);
    }
  });
  tell({ kind: 'opened', ...opened });
  void sign(() => signer.checkpoint());
} catch (cause) {
  tell({ kind: 'not-opened', failure: failureOf(cause) });
}

async function sync(signer: LogSigner, through: number): Promise<void> {
  try {
    await signer.sync(through);
    tell({ kind: 'synced', through });
  } catch (cause) {
    tell({ kind: 'not-synced', failure: failureOf(cause) });
  }
}

async function sign(work: () => Promise<string | undefined>): Promise<void> {
  try {
    const note = await work();
    if (note !== undefined) tell({ kind: 'checkpoint', note });
  } catch (cause) {
    tell({ kind: 'no-checkpoint', failure: failureOf(cause) });
  }
}

async function close(signer: LogSigner, through: number): Promise<void> {
  await sign(() => signer.close(through));
  tell({ kind: 'closed' });
  parentPort?.close();
}

function failureOf(cause: unknown): SignerFailure {
  return { name: cause instanceof Error ? cause.name : 'Error', message: messageOf(cause), code: codeOf(cause) };
}

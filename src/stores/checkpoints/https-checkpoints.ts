import { Agent, type Dispatcher, request } from 'undici';
import type { CheckpointSink } from '../../audit/checkpoint/checkpoint-publisher.ts';

export interface HttpsCheckpointsOptions {
  readonly url: string;
  /** Certificates of the authorities that count, in PEM; default: those that Node trusts. */
  readonly ca?: string;
  /** Longest time for one exchange, milliseconds. */
  readonly timeoutMs?: number;
}

/** A checkpoint is a few hundred bytes. */
const MAX_BYTES = 64 * 1024;

/**
 * Keeps the last checkpoint under a URL: brought there by PUT, which any 2xx confirms, and looked up by GET, where 404 says that
 * nothing is kept. Redirects are not followed.
 */
export function httpsCheckpoints({ url, ca, timeoutMs = 5000 }: HttpsCheckpointsOptions): CheckpointSink {
  const dispatcher = new Agent({ connections: 1, connect: ca === undefined ? {} : { ca } });
  const ask = (options: Pick<Dispatcher.RequestOptions, 'method' | 'body' | 'headers'>) =>
    request(url, { ...options, dispatcher, signal: AbortSignal.timeout(timeoutMs) });
  return {
    async put(note) {
      const headers = { 'content-type': 'text/plain; charset=utf-8' };
      const { statusCode, body } = await ask({ method: 'PUT', body: note, headers });
      giveUp(body);
      if (statusCode < 200 || statusCode > 299) throw new Error(`the place of checkpoints answered ${statusCode}`);
    },
    async last() {
      const { statusCode, body } = await ask({ method: 'GET', headers: { accept: 'text/plain' } });
      if (statusCode === 200) return await readBounded(body);
      giveUp(body);
      if (statusCode === 404) return undefined;
      throw new Error(`the place of checkpoints answered ${statusCode}`);
    },
  };
}

/** A body that is given up reports that as an error; unheard, it would end the process. */
function giveUp(body: Dispatcher.ResponseData['body']): void {
  body.on('error', () => undefined).destroy();
}

async function readBounded(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new Error('the place of checkpoints answered with something that is none');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

import { type Dispatcher, request } from 'undici';
import { MAX_KEY_SET_BYTES } from './read-key-set.ts';

export interface FetchKeySetOptions {
  /** Longest time for the whole exchange, milliseconds. */
  readonly timeoutMs: number;
  readonly dispatcher?: Dispatcher;
}

/**
 * The bytes of the JWK Set at `url`, at most 256 KiB of them.
 *
 * Redirects are not followed: who may name the keys is in the configuration and nowhere else.
 *
 * @throws when the answer is not a plain 200, is too large or not there in time.
 */
export async function fetchKeySet(url: URL, { timeoutMs, dispatcher }: FetchKeySetOptions): Promise<Uint8Array> {
  const { statusCode, headers, body } = await request(url, {
    method: 'GET',
    headers: { accept: 'application/jwk-set+json, application/json' },
    signal: AbortSignal.timeout(timeoutMs),
    ...(dispatcher === undefined ? {} : { dispatcher }),
  });
  const encoding = headers['content-encoding'];
  if (statusCode !== 200 || encoding !== undefined) {
    // A body that is given up reports that as an error; unheard, it would end the process.
    body.on('error', () => undefined).destroy();
    throw new Error(statusCode === 200 ? 'answered with a content encoding' : `answered with status ${statusCode}`);
  }
  return readBounded(body);
}

async function readBounded(body: AsyncIterable<unknown>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) throw new Error('answered with something that is not bytes');
    length += chunk.length;
    if (length > MAX_KEY_SET_BYTES) throw new Error(`answered with more than ${MAX_KEY_SET_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

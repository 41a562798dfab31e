import { type Dispatcher, request } from 'undici';
import { MAX_BUNDLE_BYTES } from '../../bundle/manifest.ts';

/** What a server says of a bundle. */
export type Fetched =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'bundle'; readonly bytes: Uint8Array; readonly etag: string | undefined };

export interface FetchOptions {
  /** The tag of the one that is known. */
  readonly etag: string | undefined;
  readonly signal: AbortSignal;
  readonly dispatcher: Dispatcher;
}

/** Longest time for the whole exchange, milliseconds. */
const TIMEOUT_MS = 30_000;
/** Longest entity tag that is kept, characters. */
const MAX_ETAG = 200;

/**
 * The bundle at `url`, or that it is the one with that tag still (RFC 9110 §13.1.2). Redirects are not followed.
 *
 * @throws when the answer is something else, is too large or not there in time.
 */
export async function fetchBundle(url: URL, { etag, signal, dispatcher }: FetchOptions): Promise<Fetched> {
  const { statusCode, headers, body } = await request(url, {
    headers: { accept: 'application/json', ...(etag === undefined ? {} : { 'if-none-match': etag }) },
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    dispatcher,
  });
  const encoding = headers['content-encoding'];
  const isUnchanged = statusCode === 304 && etag !== undefined;
  if (statusCode === 200 && encoding === undefined) {
    return { kind: 'bundle', bytes: await readBounded(body), etag: tagOf(headers['etag']) };
  }
  // A body that is given up reports that as an error; unheard, it would end the process.
  body.on('error', () => undefined).destroy();
  if (isUnchanged) return { kind: 'unchanged' };
  throw new Error(statusCode === 200 ? 'it came with a content encoding' : `the server answered ${statusCode}`);
}

async function readBounded(body: AsyncIterable<unknown>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) throw new Error('the server answered with something that is not bytes');
    length += chunk.length;
    if (length > MAX_BUNDLE_BYTES) throw new Error(`it has more than ${MAX_BUNDLE_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tagOf(written: string | string[] | undefined): string | undefined {
  const isTag = typeof written === 'string' && written.length <= MAX_ETAG && /^(?:W\/)?"[!#-~]*"$/.test(written);
  return isTag ? written : undefined;
}

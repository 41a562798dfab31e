import type { Dispatcher } from 'undici';
import type { ParseJson } from '../../capability/parse-json.ts';
import type { SignatureAlgorithm } from '../../capability/signature-algorithm.ts';
import type { Clock } from '../../kit/clock.ts';
import { ChangedFile } from '../changed-file.ts';
import type { Dependencies } from '../dependencies/dependencies.ts';
import { JwksKeySource, type KeySourceObserver, type KeySourceTiming } from './jwks-key-source.ts';
import { keySetUrl } from './key-set-url.ts';
import { MAX_KEY_SET_BYTES, type ReadKeySet, readKeySet, refuseUnusable } from './read-key-set.ts';

/** Where the keys of an issuer are: exactly one of `file` (resolved path) and `url`. */
export interface KeySourcePlace {
  readonly file?: string | undefined;
  readonly url?: string | undefined;
  readonly allowHttp: boolean;
  /** Age at which keys from a URL are asked for anew, milliseconds. */
  readonly maxAgeMs: number;
  /** How long keys are used after their last successful reading, milliseconds. */
  readonly lastGoodMs: number;
  readonly timeoutMs: number;
}

/** What the configuration fills in when it says nothing. */
export const DEFAULT_PLACE = { allowHttp: false, maxAgeMs: 600_000, lastGoodMs: 3_600_000, timeoutMs: 3000 } as const;

export interface OpenKeySourceOptions {
  readonly parseJson: ParseJson;
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly clock: Clock;
  readonly observer?: KeySourceObserver;
  readonly dispatcher?: Dispatcher;
  /** Asked by URL: it leaves a server alone that fails. */
  readonly dependencies?: Pick<Dependencies, 'ask'>;
}

/**
 * Opens the keys of one issuer.
 *
 * A file is read at once and looked at again at most once a second. A URL is fetched when the first token asks for it
 * (an identity provider that is down must not keep the service from starting), ahead of time at 80 % of its age, and
 * waited for beyond twice that age.
 *
 * @throws when a file cannot be used, or the URL is not one that may be asked.
 */
export async function openKeySource(place: KeySourcePlace, options: OpenKeySourceOptions): Promise<JwksKeySource> {
  if ((place.file === undefined) === (place.url === undefined))
    throw new Error('exactly one of file and url is needed');
  const loader = place.file === undefined ? await urlLoader(place, options) : fileLoader(place.file, options);
  const { clock, observer } = options;
  const timing = place.file === undefined ? urlTiming(place) : fileTiming(place);
  const source = new JwksKeySource({ load: loader, timing, clock, ...(observer === undefined ? {} : { observer }) });
  if (place.file !== undefined) await loadFirst(source);
  return source;
}

/** @throws when there are keys and none can be used: at the start that is a mistake and no withdrawal. */
async function loadFirst(source: JwksKeySource): Promise<void> {
  const notes = await source.load();
  const set = await source.current();
  if (set !== undefined) refuseUnusable({ keys: set.keys, notes });
}

async function urlLoader(place: KeySourcePlace, options: OpenKeySourceOptions): Promise<() => Promise<ReadKeySet>> {
  // Loaded here, at start: who reads keys from files does not wait for an HTTP client.
  const { fetchKeySet } = await import('./fetch-key-set.ts');
  const url = keySetUrl(place.url ?? '', place);
  const { parseJson, algorithms, dispatcher, dependencies } = options;
  const fetchOptions = { timeoutMs: place.timeoutMs, ...(dispatcher === undefined ? {} : { dispatcher }) };
  const fetchKeys = async (): Promise<ReadKeySet> =>
    await readKeySet(await fetchKeySet(url, fetchOptions), parseJson, algorithms);
  return dependencies === undefined ? fetchKeys : () => dependencies.ask(url.href, fetchKeys);
}

function fileLoader(path: string, options: OpenKeySourceOptions): () => Promise<ReadKeySet | 'unchanged'> {
  const file = new ChangedFile(path, MAX_KEY_SET_BYTES);
  return async () => {
    const content = await file.read();
    if (content === 'unchanged') return content;
    try {
      return await readKeySet(content, options.parseJson, options.algorithms);
    } catch (cause) {
      file.forget();
      throw cause;
    }
  };
}

function urlTiming({ maxAgeMs, lastGoodMs }: KeySourcePlace): KeySourceTiming {
  return {
    freshMs: maxAgeMs * 0.8,
    staleMs: maxAgeMs * 2,
    lastGoodMs: Math.max(maxAgeMs, lastGoodMs),
    retryMs: 5000,
    cooldownMs: 30_000,
  };
}

function fileTiming({ lastGoodMs }: KeySourcePlace): KeySourceTiming {
  return { freshMs: 1000, staleMs: 1000, lastGoodMs: Math.max(1000, lastGoodMs), retryMs: 1000, cooldownMs: 1000 };
}

import type { ParseJson } from '../../capability/parse-json.ts';
import type { SignatureAlgorithm } from '../../capability/signature-algorithm.ts';
import { canonicalJson } from '../../kit/canonical-json.ts';
import { isJsonArray, isJsonObject } from '../../kit/json.ts';
import { type PublicKey, readKey } from './read-key.ts';

/** Largest JWK Set, bytes. */
export const MAX_KEY_SET_BYTES = 256 * 1024;
const MAX_KEYS = 64;

/** The usable keys of a JWK Set. */
export interface ReadKeySet {
  readonly keys: ReadonlyMap<string, PublicKey>;
  /** Equal exactly for sets that say the same. */
  readonly fingerprint: string;
  /** What was not used, for the operator. */
  readonly notes: readonly string[];
}

/**
 * Reads a JWK Set (RFC 7517 §5).
 *
 * Keys that are not public signature keys for one listed algorithm are left out with a note. So are all keys of a `kid`
 * that stands there more than once: which one was meant cannot be told. A set without a key that can be used says that there
 * is none any more.
 *
 * @throws when it is not a JWK Set, or has more than 64 keys.
 */
export async function readKeySet(
  bytes: Uint8Array,
  parseJson: ParseJson,
  algorithms: readonly SignatureAlgorithm[],
): Promise<ReadKeySet> {
  const parsed = parseJson(bytes);
  if (parsed.kind === 'refused' || !isJsonObject(parsed.value)) throw new Error('not one unambiguous JSON object');
  const written = parsed.value.get('keys');
  if (!isJsonArray(written)) throw new Error('not a JWK Set: it has no list "keys"');
  if (written.length > MAX_KEYS) throw new Error(`more than ${MAX_KEYS} keys`);
  const kids = written.map((jwk) => (isJsonObject(jwk) ? jwk.get('kid') : undefined));
  const read = await Promise.all(written.map((jwk) => readKey(jwk, algorithms)));
  const keys = new Map<string, PublicKey>();
  const notes: string[] = [];
  for (const [index, key] of read.entries()) {
    if ('because' in key) notes.push(`key ${index}: ${key.because}`);
    else if (kids.filter((kid) => kid === key.kid).length > 1) notes.push(`key ${index}: its kid is not unique`);
    else keys.set(key.kid, key);
  }
  return { keys, fingerprint: canonicalJson(written), notes };
}

/**
 * For a set that an operator wrote or put in place, where keys of which none can be used are a mistake.
 *
 * @throws when it has keys and none of them can be used; a set that says to have none is one.
 */
export function refuseUnusable({
  keys,
  notes,
}: {
  readonly keys: { readonly size: number };
  readonly notes: readonly string[];
}): void {
  if (keys.size === 0 && notes.length > 0) throw new Error(['no usable key', ...notes].join('; '));
}

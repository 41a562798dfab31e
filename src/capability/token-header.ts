import { isJsonArray, type JsonObject } from '../kit/json.ts';
import { isSignatureAlgorithm, type SignatureAlgorithm } from './signature-algorithm.ts';
import { refuseToken, type TokenRefusal } from './token-refusal.ts';

/** What a verifier may use of a protected header before the signature is checked. */
export interface TokenHeader {
  readonly kind: 'header';
  readonly algorithm: SignatureAlgorithm;
  readonly kid: string;
}

/** Longest `kid`, characters. It is looked up in a map and never used as a path, URL or query. */
const MAX_KID = 128;

/** Critical extensions that are understood, with the value they must have (docs/guides/tokens.md). */
const CRITICAL: ReadonlyMap<string, number> = new Map([['cap', 1]]);

/** Ways in which a token could bring its own key, or make a reader decrypt, inflate or derive something. */
const FORBIDDEN = ['jwk', 'jku', 'x5u', 'x5c', 'zip', 'enc', 'p2c', 'p2s', 'epk', 'b64'];

/**
 * Reads the protected header, cheapest and most telling refusals first (RFC 8725 §3.1, §3.10, §3.11).
 *
 * The type is `at+jwt` or `application/at+jwt` in any case (RFC 9068 §4, RFC 7515 §4.1.9); nothing else is an access
 * token, whatever its claims are.
 */
export function readTokenHeader(header: JsonObject): TokenHeader | TokenRefusal {
  const type = header.get('typ');
  if (typeof type !== 'string' || !/^(application\/)?at\+jwt$/i.test(type)) {
    return refuseToken('token.type', 'typ is not at+jwt');
  }
  const algorithm = header.get('alg');
  if (typeof algorithm !== 'string' || !isSignatureAlgorithm(algorithm)) {
    return refuseToken('token.algorithm', 'alg is not a known signature algorithm');
  }
  const unmet = unmetCritical(header);
  if (unmet !== undefined) return refuseToken('token.critical', unmet);
  const forbidden = FORBIDDEN.find((name) => header.has(name));
  if (forbidden !== undefined) return refuseToken('token.header', `the header has ${forbidden}`);
  const kid = header.get('kid');
  if (typeof kid !== 'string' || kid === '' || kid.length > MAX_KID) {
    return refuseToken('token.key-unknown', `kid is not a text of 1 to ${MAX_KID} characters`);
  }
  return { kind: 'header', algorithm, kid };
}

/** What of `crit` (RFC 7515 §4.1.11) and of the extensions it may name is not as it must be. */
function unmetCritical(header: JsonObject): string | undefined {
  for (const [name, value] of CRITICAL) {
    if (header.has(name) && header.get(name) !== value) return `${name} is not ${value}`;
  }
  if (!header.has('crit')) return undefined;
  const names = header.get('crit');
  if (!isJsonArray(names) || names.length === 0) return 'crit is not a list of names';
  if (new Set(names).size !== names.length) return 'crit names an extension twice';
  const understood = names.every((name) => typeof name === 'string' && CRITICAL.has(name) && header.has(name));
  return understood ? undefined : 'crit names an extension that is not understood or not there';
}

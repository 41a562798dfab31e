import { boundText } from '../kit/bound-text.ts';
import type { JsonObject } from '../kit/json.ts';
import type { TokenRefusal } from './token-refusal.ts';

/** Longest name that is told, UTF-16 code units. */
const MAX_NAME = 200;

/**
 * A refusal that also tells the operator whose token it was.
 *
 * @param claims Of a token with a good signature: what anybody can write is not told as if it were so.
 */
export function nameBearer(refusal: TokenRefusal, claims: JsonObject): TokenRefusal {
  const names = ['sub', 'jti'].flatMap((claim) => {
    const value = claims.get(claim);
    return typeof value === 'string' ? [`${claim} ${boundText(JSON.stringify(value), MAX_NAME)}`] : [];
  });
  return names.length === 0 ? refusal : { ...refusal, detail: `${refusal.detail} (${names.join(', ')})` };
}

import { isJsonObject, type JsonValue } from '../kit/json.ts';
import { isSameText } from './is-same-text.ts';
import type { Confirmation, Presentation } from './verified-token.ts';

/** Members that are named in a refusal; any other is only counted. */
const KNOWN = ['jwk', 'jwe', 'kid', 'jku', 'jkt'];

/**
 * The `cnf` claim (RFC 7800 §3.1), or `undefined` when it is not an object that binds the token to something.
 *
 * @param value The claim, which is there: absence is the caller's business.
 */
export function readConfirmation(value: JsonValue | undefined): Confirmation | undefined {
  if (!isJsonObject(value) || value.size === 0) return undefined;
  const others = [...value.keys()]
    .filter((name) => name !== 'x5t#S256')
    .map((name) => (KNOWN.includes(name) ? name : 'an unknown member'));
  if (!value.has('x5t#S256')) return { others };
  const x5tS256 = value.get('x5t#S256');
  if (typeof x5tS256 !== 'string' || !/^[A-Za-z0-9_-]{43}$/.test(x5tS256)) return undefined;
  return { x5tS256, others };
}

/**
 * What keeps `confirmation` from being proven by this connection; `undefined` when all of it is.
 *
 * Every member must hold. One that this release cannot check is unproven, never ignored: a bound token that is taken as
 * a bearer token makes the binding decorative.
 */
export function unprovenPart(confirmation: Confirmation, { certificateSha256 }: Presentation): string | undefined {
  const [other] = confirmation.others;
  if (other !== undefined) return `cnf has ${other}, for which no proof is accepted`;
  const bound = confirmation.x5tS256;
  if (bound === undefined) return 'cnf names nothing that can be proven';
  if (certificateSha256 === undefined) return 'bound to a certificate, and the connection has none';
  return isSameText(bound, certificateSha256) ? undefined : 'bound to another certificate';
}

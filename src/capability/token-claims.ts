import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { readConfirmation } from './confirmation.ts';
import { refuseToken, type TokenRefusal } from './token-refusal.ts';
import type { VerifiedToken } from './verified-token.ts';

/** The claims that this release reads, in the names and units of the code. */
export type TokenClaims = Omit<
  VerifiedToken,
  'kind' | 'claims' | 'leewayMs' | 'capability' | 'keyEpoch' | 'keyWithdrawn'
>;

/** Longest identifier in a claim, characters. Sessions, limits and records name it. */
const MAX_TEXT = 512;
/** Largest NumericDate: the year 5138, where milliseconds are still exact. */
const MAX_DATE_S = 1e11;

/**
 * Reads the claims of a signed token (RFC 9068 §2.2): all of `iss sub aud exp iat jti` must be there and well formed, and
 * every other one that is read here must be well formed when it is there.
 */
export function readTokenClaims(claims: JsonObject): TokenClaims | TokenRefusal {
  const faulty = faultyClaim(claims);
  if (faulty !== undefined) return refuseToken('token.claims', `${faulty} is missing or has the wrong form`);
  const actor = claims.get('act');
  const confirmation = claims.has('cnf') ? readConfirmation(claims.get('cnf')) : undefined;
  return {
    issuer: text(claims, 'iss'),
    subject: text(claims, 'sub'),
    tokenId: text(claims, 'jti'),
    audience: audienceOf(claims.get('aud')) ?? '',
    issuedAtMs: number(claims, 'iat') * 1000,
    expiresAtMs: number(claims, 'exp') * 1000,
    ...(claims.has('nbf') ? { notBeforeMs: number(claims, 'nbf') * 1000 } : {}),
    ...(isJsonObject(actor) ? { actor: actorOf(actor) } : {}),
    ...(claims.has('client_id') ? { clientId: text(claims, 'client_id') } : {}),
    ...(claims.has('txn') ? { transaction: text(claims, 'txn') } : {}),
    ...(confirmation === undefined ? {} : { confirmation }),
  };
}

/** Name of the first claim that is not as it must be. */
function faultyClaim(claims: JsonObject): string | undefined {
  const checks: readonly (readonly [
    name: string,
    good: (value: JsonValue | undefined) => boolean,
    required: boolean,
  ])[] = [
    ['iss', isText, true],
    ['sub', isText, true],
    ['jti', isText, true],
    ['aud', (value) => audienceOf(value) !== undefined, true],
    ['exp', isDate, true],
    ['iat', isDate, true],
    ['nbf', isDate, false],
    ['client_id', isText, false],
    ['txn', isText, false],
    ['act', isActor, false],
    ['cnf', (value) => readConfirmation(value) !== undefined, false],
    // A derived block has a type of its own; in an access token only the root's depth makes sense.
    ['del_depth', (value) => value === 0, false],
  ];
  return checks.find(([name, good, required]) => (required || claims.has(name)) && !good(claims.get(name)))?.[0];
}

/** The one audience of a token; a list must have exactly one member. `undefined` for anything else. */
function audienceOf(value: JsonValue | undefined): string | undefined {
  const only = isJsonArray(value) && value.length === 1 ? value[0] : value;
  return typeof only === 'string' && isText(only) ? only : undefined;
}

function actorOf(actor: JsonObject): { readonly issuer?: string; readonly subject: string } {
  return { ...(actor.has('iss') ? { issuer: text(actor, 'iss') } : {}), subject: text(actor, 'sub') };
}

function isActor(value: JsonValue | undefined): boolean {
  return isJsonObject(value) && isText(value.get('sub')) && (!value.has('iss') || isText(value.get('iss')));
}

function isText(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT;
}

function isDate(value: JsonValue | undefined): boolean {
  return typeof value === 'number' && value >= 0 && value <= MAX_DATE_S;
}

/** A text claim that was found good. */
function text(claims: JsonObject, name: string): string {
  const value = claims.get(name);
  return typeof value === 'string' ? value : '';
}

/** A date claim that was found good, seconds. */
function number(claims: JsonObject, name: string): number {
  const value = claims.get(name);
  return typeof value === 'number' ? value : 0;
}

import { isJsonObject, type JsonObject } from '../kit/json.ts';
import { decodeBase64url } from './base64url.ts';
import type { ParseJson } from './parse-json.ts';
import { readTokenHeader, type TokenHeader } from './token-header.ts';
import { refuseToken, type TokenRefusal } from './token-refusal.ts';

/** Longest compact token, characters (which are bytes: it is ASCII). */
export const MAX_TOKEN_LENGTH = 8192;

/** A token that has been taken apart and not verified: nothing in it may be believed. */
export interface UnverifiedToken {
  readonly kind: 'unverified';
  readonly header: TokenHeader;
  readonly claims: JsonObject;
}

/**
 * Takes one compact JWS apart (RFC 7515 §7.1), strictly and before any cryptography: three parts of canonical base64url,
 * header and payload JSON objects that every parser reads the same way.
 *
 * A JWS in JSON serialisation, a JWE, a token with white space around it or with padding is not one.
 */
export function readToken(compact: string, parseJson: ParseJson): UnverifiedToken | TokenRefusal {
  if (compact.length > MAX_TOKEN_LENGTH) return refuseToken('token.too-large', `${compact.length} characters`);
  const parts = compact.split('.', 6).map(decodeBase64url);
  const [headerBytes, payloadBytes, signature] = parts;
  if (parts.length !== 3) return refuseToken('token.malformed', 'not three parts');
  if (headerBytes === undefined || payloadBytes === undefined || signature === undefined) {
    return refuseToken('token.malformed', 'a part is not canonical base64url');
  }
  const headerObject = readObject(headerBytes, parseJson);
  if (headerObject === undefined)
    return refuseToken('token.malformed', 'the header is not one unambiguous JSON object');
  const header = readTokenHeader(headerObject);
  if (header.kind === 'refused') return header;
  const claims = readObject(payloadBytes, parseJson);
  if (claims === undefined) return refuseToken('token.malformed', 'the payload is not one unambiguous JSON object');
  return { kind: 'unverified', header, claims };
}

function readObject(bytes: Uint8Array, parseJson: ParseJson): JsonObject | undefined {
  const parsed = parseJson(bytes);
  return parsed.kind === 'json' && isJsonObject(parsed.value) ? parsed.value : undefined;
}

import {
  createDecipheriv,
  createHmac,
  createPublicKey,
  type KeyObject,
  pbkdf2Sync,
  verify,
  type webcrypto,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

/**
 * Token verifiers that are wrong on purpose, one mistake each, as they were shipped by real libraries and gateways.
 *
 * The attack tests first show that the attack works on one of these, and then that it does not work here.
 *
 * @module
 */

type JsonWebKey = webcrypto.JsonWebKey;

/** Claims that a naive verifier believed. */
export type Believed = Record<string, unknown>;

interface Parts {
  readonly header: Record<string, unknown>;
  readonly claims: Record<string, unknown>;
  readonly input: string;
  readonly signature: Buffer;
}

/** `JSON.parse` of whatever decodes: duplicate members, loose base64, anything after the third part. */
export function split(compact: string): Parts {
  const [header = '', claims = '', signature = ''] = compact.split('.');
  return {
    header: JSON.parse(Buffer.from(header, 'base64url').toString()),
    claims: JSON.parse(Buffer.from(claims, 'base64url').toString()),
    input: `${header}.${claims}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** Checks an asymmetric signature as `alg` says. */
function isSigned({ input, signature }: Parts, alg: unknown, key: KeyObject): boolean {
  switch (alg) {
    case 'EdDSA':
    case 'Ed25519':
      return verify(null, Buffer.from(input), key, signature);
    case 'ES256':
      return verify('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }, signature);
    default:
      return verify('sha256', Buffer.from(input), key, signature);
  }
}

function believe(good: boolean, claims: Believed): Believed {
  if (!good) throw new Error('bad signature');
  return claims;
}

/** Signature right, and nothing else is looked at: not aud, not typ, not crit, not cnf, not exp. */
export function signatureOnly(compact: string, key: KeyObject): Believed {
  const parts = split(compact);
  return believe(isSigned(parts, parts.header['alg'], key), parts.claims);
}

/** Knows that `none` is bad, and compares it letter by letter. */
export function refusesNoneByName(compact: string, key: KeyObject): Believed {
  const parts = split(compact);
  const alg = String(parts.header['alg']);
  if (alg === 'none') throw new Error('alg none');
  if (alg.toLowerCase() === 'none') return parts.claims;
  return believe(isSigned(parts, alg, key), parts.claims);
}

/** Takes the algorithm from the token, and the configured public key as whatever that algorithm wants. */
export function trustsHeaderAlgorithm(compact: string, publicKeyPem: string): Believed {
  const parts = split(compact);
  const alg = parts.header['alg'];
  if (alg === 'HS256') {
    const mac = createHmac('sha256', publicKeyPem).update(parts.input).digest();
    return believe(mac.equals(parts.signature), parts.claims);
  }
  return believe(isSigned(parts, alg, createPublicKey(publicKeyPem)), parts.claims);
}

/**
 * Refuses a MAC when the key is a public key in PEM, and knows one by how the text begins: white space before it is enough
 * (CVE-2026-34950, fast-jwt).
 */
export function detectsKeyByItsBeginning(compact: string, key: string): Believed {
  const { header } = split(compact);
  if (header['alg'] === 'HS256' && key.startsWith('-----BEGIN PUBLIC KEY'))
    throw new Error('a public key is no secret');
  return trustsHeaderAlgorithm(compact, key);
}

/** Compares `alg` with the key's own `alg`, and when the key has none takes the token's (CVE-2026-22817, Hono). */
export function fallsBackToTokenAlgorithm(compact: string, jwk: JsonWebKey & { readonly alg?: string }): Believed {
  const { header } = split(compact);
  const alg = jwk.alg ?? header['alg'];
  if (header['alg'] !== alg) throw new Error('wrong algorithm');
  // The "secret" is what such a library makes of the key when told to use a MAC.
  return trustsHeaderAlgorithm(compact, pemOf(jwk));
}

export function pemOf(jwk: JsonWebKey): string {
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
}

/** Uses the key that the token brings along. */
export function usesEmbeddedKey(compact: string): Believed {
  const parts = split(compact);
  const key = createPublicKey({ key: parts.header['jwk'] as JsonWebKey, format: 'jwk' });
  return believe(isSigned(parts, parts.header['alg'], key), parts.claims);
}

/** Uses the certificate that the token brings along, without asking who signed it. */
export function usesEmbeddedCertificate(compact: string): Believed {
  const parts = split(compact);
  const [first] = parts.header['x5c'] as string[];
  const key = createPublicKey(`-----BEGIN CERTIFICATE-----\n${first}\n-----END CERTIFICATE-----`);
  return believe(isSigned(parts, parts.header['alg'], key), parts.claims);
}

/** Fetches the keys from where the token says (`jku`, `x5u`, or the metadata of its own `iss`). */
export async function fetchesKeysFrom(compact: string, urlOf: (parts: Parts) => string): Promise<Believed> {
  const parts = split(compact);
  const answer = await fetch(urlOf(parts));
  const { keys } = (await answer.json()) as { keys: (JsonWebKey & { kid: string })[] };
  const jwk = keys.find(({ kid }) => kid === parts.header['kid']);
  if (jwk === undefined) throw new Error('unknown kid');
  return believe(isSigned(parts, parts.header['alg'], createPublicKey({ key: jwk, format: 'jwk' })), parts.claims);
}

/** Reads the key from a file that the token names. */
export function readsKeyFromPath(compact: string, directory: string): Believed {
  const parts = split(compact);
  const secret = readFileSync(`${directory}/${String(parts.header['kid'])}`);
  const mac = createHmac('sha256', secret).update(parts.input).digest();
  return believe(mac.equals(parts.signature), parts.claims);
}

/** Takes any five-part token for one that only the right party could have made, and believes what is inside (CVE-2026-29000). */
export function believesDecrypted(compact: string, secret: Buffer): Believed {
  const [header = '', , iv = '', text = '', tag = ''] = compact.split('.');
  const inside = decrypt(
    secret,
    header,
    [iv, text, tag].map((part) => Buffer.from(part, 'base64url')),
  );
  const { zip } = JSON.parse(Buffer.from(header, 'base64url').toString());
  return split((zip === 'DEF' ? inflateRawSync(inside) : inside).toString()).claims;
}

/** How many times a naive PBES2 reader hashes because the token says so, before it knows anything about it. */
export function hashesAsTold(compact: string): number {
  const { header } = { header: JSON.parse(Buffer.from(compact.split('.')[0] ?? '', 'base64url').toString()) };
  pbkdf2Sync('password', String(header.p2s), Math.min(Number(header.p2c), 1_000_000), 16, 'sha256');
  return Number(header.p2c);
}

function decrypt(secret: Buffer, header: string, [iv, text, tag]: readonly Buffer[]): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', secret, iv ?? '');
  decipher.setAAD(Buffer.from(header)).setAuthTag(tag ?? Buffer.alloc(16));
  return Buffer.concat([decipher.update(text ?? Buffer.alloc(0)), decipher.final()]);
}

/** Reads whatever form a JWS comes in, so a filter that looks at the compact text sees another token. */
export function readsAnySerialisation(text: string, key: KeyObject): Believed {
  if (!text.trimStart().startsWith('{')) return signatureOnly(text.trim(), key);
  const { protected: header, payload, signature } = JSON.parse(text);
  return signatureOnly(`${header}.${payload}.${signature}`, key);
}

/** Compares the type as text that ends as it should. */
export function comparesTypeLoosely(compact: string, key: KeyObject): Believed {
  const { header } = split(compact);
  if (!/jwt/i.test(String(header['typ']))) throw new Error('not a JWT');
  return signatureOnly(compact, key);
}

/** Checks the audience when there is one, and takes a list that has it among others. */
export function checksAudienceIfPresent(compact: string, key: KeyObject, audience: string): Believed {
  const claims = signatureOnly(compact, key);
  const { aud } = claims;
  if (aud !== undefined && ![aud].flat().includes(audience)) throw new Error('wrong audience');
  return claims;
}

/** Checks the end when it is a number. */
export function checksEndIfNumber(compact: string, key: KeyObject, nowS: number): Believed {
  const claims = signatureOnly(compact, key);
  const { exp } = claims;
  if (typeof exp === 'number' && exp <= nowS) throw new Error('expired');
  return claims;
}

/** A deny list that knows tokens by their text. */
export function deniesByText(compact: string, key: KeyObject, denied: ReadonlySet<string>): Believed {
  if (denied.has(compact)) throw new Error('revoked');
  return signatureOnly(compact, key);
}

/** The first, the last or the joined value of a header that came twice: whichever the framework gives. */
export function takesFirstAuthorization(values: readonly string[]): string {
  return (values[0] ?? '').replace(/^\w+\s+/, '').split(/[\s,]/)[0] ?? '';
}

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { importJWK } from 'jose';
import { fromPlain } from '../kit/json.ts';
import type { KeySet, KeySource } from './key-source.ts';
import type { ParseJson } from './parse-json.ts';
import { GRANT_TYPE } from './read-capability.ts';
import type { Presentation, TokenTrust, TrustedIssuer } from './verified-token.ts';

export const ISSUER = 'https://sts.example';
export const RESOURCE = 'https://tools.example/mcp/files';
/** The time of all fixtures, milliseconds since the epoch. */
export const NOW_MS = 1_790_000_000_000;
const NOW_S = NOW_MS / 1000;

/** How a token is presented where nothing is bound. */
export const PLAIN: Presentation = { resource: RESOURCE };

/** A key pair that tests sign with. */
export interface TestSigner {
  readonly kid: string;
  readonly algorithm: 'Ed25519' | 'EdDSA' | 'ES256' | 'RS256';
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function newSigner(algorithm: TestSigner['algorithm'] = 'Ed25519', kid = 'k1'): TestSigner {
  return { kid, algorithm, ...newPair(algorithm) };
}

function newPair(algorithm: TestSigner['algorithm']): { publicKey: KeyObject; privateKey: KeyObject } {
  switch (algorithm) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'RS256':
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
    default:
      return generateKeyPairSync('ed25519');
  }
}

/** The public JWK as an issuer publishes it. */
export function jwkOf({ kid, algorithm, publicKey }: TestSigner): Record<string, unknown> {
  return { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' };
}

/** Claims of a good token: read_file with any arguments, five minutes. */
export function goodClaims(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    iss: ISSUER,
    sub: 'user:alice',
    aud: RESOURCE,
    iat: NOW_S,
    exp: NOW_S + 300,
    jti: '0198c2f0-0000-7000-8000-00000000000a',
    authorization_details: [goodDetail()],
    ...changes,
  };
}

/** An authorization detail of our type that grants read_file with any arguments. */
export function goodDetail(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: GRANT_TYPE,
    locations: [RESOURCE],
    actions: ['tools/call'],
    tools: { read_file: { extra_args: 'allow' } },
    ...changes,
  };
}

export function goodHeader(
  { kid, algorithm }: TestSigner,
  changes: Record<string, unknown> = {},
): Record<string, unknown> {
  return { typ: 'at+jwt', alg: algorithm, kid, ...changes };
}

/** A compact JWS over exactly these texts, signed as `signer` does. */
export function signTexts(signer: TestSigner, headerText: string, payloadText: string): string {
  const input = `${base64url(headerText)}.${base64url(payloadText)}`;
  return `${input}.${signatureOf(signer, input).toString('base64url')}`;
}

/** A token with changed claims or header; a change to `undefined` leaves the member out. */
export function signToken(
  signer: TestSigner,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): string {
  return signTexts(signer, JSON.stringify(goodHeader(signer, header)), JSON.stringify(goodClaims(claims)));
}

function signatureOf({ algorithm, privateKey }: TestSigner, input: string): Buffer {
  switch (algorithm) {
    case 'ES256':
      return sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    case 'RS256':
      return sign('sha256', Buffer.from(input), privateKey);
    default:
      return sign(null, Buffer.from(input), privateKey);
  }
}

export function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** `JSON.parse` in the shape of the strict reader: enough where a test is not about how JSON is read. */
export const lenientParseJson: ParseJson = (bytes) => {
  try {
    return { kind: 'json', value: fromPlain(JSON.parse(Buffer.from(bytes).toString())) };
  } catch {
    return { kind: 'refused' };
  }
};

/** Keys that stay as they are, until `withdrawn` aborts. */
export async function keysOf(
  signers: readonly TestSigner[],
  epoch = 1,
  withdrawn = new AbortController().signal,
): Promise<KeySet> {
  const keys = signers.map(async (signer) => {
    const key = await importJWK({ ...jwkOf(signer) }, signer.algorithm);
    if (key instanceof Uint8Array) throw new TypeError('not a public key');
    return [signer.kid, { kid: signer.kid, algorithm: signer.algorithm, key, withdrawn }] as const;
  });
  return { epoch, keys: new Map(await Promise.all(keys)) };
}

/** A source of keys that tests can turn: `set` is what it answers now. */
export class TestKeySource implements KeySource {
  set: KeySet | undefined;
  lookedAgain = 0;

  constructor(set: KeySet | undefined) {
    this.set = set;
  }

  current(): Promise<KeySet | undefined> {
    return Promise.resolve(this.set);
  }

  lookAgain(): Promise<KeySet | undefined> {
    this.lookedAgain += 1;
    return Promise.resolve(this.set);
  }
}

/** Trust in one issuer with these keys. */
export async function trustIn(
  signers: readonly TestSigner[],
  changes: Partial<TrustedIssuer> = {},
  trust: Partial<TokenTrust> = {},
): Promise<TokenTrust> {
  const issuer: TrustedIssuer = {
    issuer: ISSUER,
    keys: new TestKeySource(await keysOf(signers)),
    algorithms: ['EdDSA', 'Ed25519', 'ES256'],
    maxLifetimeS: 300,
    leewayS: 5,
    statusLists: 'refused',
    scopeGrants: new Map(),
    ...changes,
  };
  return { issuers: new Map([[issuer.issuer, issuer]]), parseJson: lenientParseJson, ...trust };
}

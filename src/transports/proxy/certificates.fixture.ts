import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate and its key, in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority that signs certificates for tests, valid for a day. */
export interface Authority {
  readonly ca: string;
  /** `names` as SANs: `dns:localhost`, `ip:127.0.0.1`, `uri:spiffe://…`. */
  issue(subject: string, names: readonly string[], more?: CertificateTraits): Certificate;
}

/** What a certificate has beside its names. */
export interface CertificateTraits {
  readonly isCa?: boolean;
  /** The first byte of the key usage (RFC 5280 §4.2.1.3), critical: 0x80 digitalSignature, 0x04 keyCertSign, 0x02 cRLSign. */
  readonly keyUsage?: number;
  /** What it is for (RFC 5280 §4.2.1.12), whatever when left out. */
  readonly purposes?: readonly ('server' | 'client')[];
  /** When it begins, milliseconds from now; an hour ago if left out. */
  readonly beginsInMs?: number;
  /** When it ends, milliseconds from now; a day if left out. */
  readonly endsInMs?: number;
}

/** Ed25519 is quickest; Envoy's TLS only takes P-256. */
export type CertificateKeys = 'Ed25519' | 'P-256';

/** Makes an authority whose certificates have keys of that kind. */
export function makeAuthority(name: string, keysOf: CertificateKeys = 'Ed25519'): Authority {
  const keys = newKeys(keysOf);
  const isCa = extension('551d13', true, sequence(tagged(0x01, Buffer.of(0xff))));
  const ca = certificate({
    subject: name,
    issuer: name,
    key: keys.publicKey,
    signer: keys.privateKey,
    extensions: [isCa],
  });
  return {
    ca,
    issue(subject, names, { isCa: alsoCa = false, keyUsage, purposes, beginsInMs, endsInMs } = {}) {
      const own = newKeys(keysOf);
      const san = extension('551d11', false, sequence(...names.map(generalName)));
      const usage = keyUsage === undefined ? [] : [extension('551d0f', true, tagged(0x03, Buffer.of(1, keyUsage)))];
      const purpose = purposes === undefined ? [] : [extension('551d25', false, sequence(...purposes.map(purposeId)))];
      const extensions = [san, ...usage, ...purpose, ...(alsoCa ? [isCa] : [])];
      const signer = keys.privateKey;
      const parts = { subject, issuer: name, key: own.publicKey, signer, extensions, beginsInMs, endsInMs };
      return { cert: certificate(parts), key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }) };
    },
  };
}

function newKeys(keysOf: CertificateKeys): { publicKey: KeyObject; privateKey: KeyObject } {
  return keysOf === 'Ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: keysOf });
}

interface CertificateParts {
  readonly subject: string;
  readonly issuer: string;
  readonly key: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly beginsInMs?: number | undefined;
  readonly endsInMs?: number | undefined;
}

/** RFC 8410 §3 and RFC 5758 §3.2. */
const ED25519 = sequence(oid('2b6570'));
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'));

/** RFC 5280 §4.1: version 3, a random serial number, one day. */
function certificate({ subject, issuer, key, signer, extensions, beginsInMs, endsInMs }: CertificateParts): string {
  const version = tagged(0xa0, tagged(0x02, Buffer.of(2)));
  const serial = tagged(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)]));
  const validity = sequence(
    utcTime(Date.now() + (beginsInMs ?? -3_600_000)),
    utcTime(Date.now() + (endsInMs ?? 86_400_000)),
  );
  const isEd25519 = signer.asymmetricKeyType === 'ed25519';
  const algorithm = isEd25519 ? ED25519 : ECDSA_SHA256;
  const publicKey = key.export({ type: 'spki', format: 'der' });
  const body = sequence(
    version,
    serial,
    algorithm,
    commonName(issuer),
    validity,
    commonName(subject),
    publicKey,
    tagged(0xa3, sequence(...extensions)),
  );
  const signature = tagged(0x03, Buffer.concat([Buffer.of(0), sign(isEd25519 ? null : 'sha256', body, signer)]));
  const base64 = sequence(body, algorithm, signature)
    .toString('base64')
    .replaceAll(/.{64}(?!$)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? [tagged(0x01, Buffer.of(0xff))] : [];
  return sequence(oid(id), ...flag, tagged(0x04, value));
}

function purposeId(purpose: 'server' | 'client'): Buffer {
  return oid(purpose === 'server' ? '2b06010505070301' : '2b06010505070302');
}

function generalName(name: string): Buffer {
  const [kind = '', ...rest] = name.split(':');
  const value = rest.join(':');
  const tags: Record<string, number> = { dns: 0x82, uri: 0x86, ip: 0x87 };
  return tagged(tags[kind] ?? 0x82, kind === 'ip' ? Buffer.from(value.split('.').map(Number)) : Buffer.from(value));
}

function commonName(name: string): Buffer {
  return sequence(tagged(0x31, sequence(oid('550403'), tagged(0x0c, Buffer.from(name)))));
}

function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/\D/g, '').slice(2, 14);
  return tagged(0x17, Buffer.from(`${digits}Z`));
}

function oid(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'));
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

/** DER: tag, length, value. */
function tagged(tag: number, value: Uint8Array): Buffer {
  const length = value.length;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...head), value]);
}

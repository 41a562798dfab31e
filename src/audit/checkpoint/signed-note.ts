import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';

/**
 * Signed notes and their Ed25519 keys (C2SP signed-note), in the texts that Go's `golang.org/x/mod/sumdb/note` reads.
 *
 * @module
 */

const ED25519 = 1;
const SEED_BYTES = 32;
/** DER before the 32 bytes of an Ed25519 key: PKCS #8 and SPKI of RFC 8410 §7 and §4. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const PRIVATE_KEY = /^PRIVATE\+KEY\+([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/;
// The name is printed, and a key may come from anybody.
const VERIFIER_KEY = /^([^+\s\p{Cc}\p{Cf}]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/u;
const MAX_NOTE_LENGTH = 64 * 1024;

/** What may be the name of a key, and with it the origin of a log. */
export const KEY_NAME = /^[A-Za-z0-9][A-Za-z0-9._~:/-]{0,127}$/;

/** What cannot be taken for a note or key. The text says why. */
export class NoteError extends Error {
  override readonly name = 'NoteError';
}

/** A key that signs notes. */
export interface NoteSigner {
  readonly name: string;
  /** The public key as others are given it: `name+id+key`. */
  readonly verifierKey: string;
  /** The note over `text`, which ends in a newline. */
  sign(text: string): string;
}

/** A key that notes are verified with. */
export interface NoteVerifier {
  readonly name: string;
  readonly verifierKey: string;
  /**
   * The text of a note that this key has signed.
   *
   * @throws NoteError when it is no note, or not signed by this key.
   */
  open(note: string): string;
}

/** A fresh private key, as text: a secret. */
export function newNoteKey(name: string): string {
  if (!KEY_NAME.test(name)) throw new NoteError('the name of a key may not hold spaces or plus signs');
  const der = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' });
  const seed = der.subarray(PKCS8_PREFIX.length);
  return `PRIVATE+KEY+${name}+${idText(keyId(name, publicBytes(privateKeyOf(seed))))}+${typed(seed)}`;
}

/** The signer with the private key `text`. @throws NoteError when it is none. */
export function noteSigner(text: string): NoteSigner {
  const [, name = '', id = '', body = ''] = PRIVATE_KEY.exec(text.trim()) ?? [];
  const key = privateKeyOf(untyped(body, 'a private key'));
  const publicKey = publicBytes(key);
  const ownId = keyId(name, publicKey);
  if (name === '' || idText(ownId) !== id) throw new NoteError('this is not a private key of signed notes');
  return {
    name,
    verifierKey: `${name}+${id}+${typed(publicKey)}`,
    sign: (note) => {
      const signature = Buffer.concat([ownId, sign(null, Buffer.from(note), key)]);
      return `${note}\n— ${name} ${signature.toString('base64')}\n`;
    },
  };
}

/** The verifier with the public key `text`. @throws NoteError when it is none. */
export function noteVerifier(text: string): NoteVerifier {
  const verifierKey = text.trim();
  const [, name = '', id = '', body = ''] = VERIFIER_KEY.exec(verifierKey) ?? [];
  const bytes = untyped(body, 'a verifier key');
  const ownId = keyId(name, bytes);
  if (name === '' || idText(ownId) !== id) throw new NoteError('this is not a verifier key of signed notes');
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, bytes]), format: 'der', type: 'spki' });
  return { name, verifierKey, open: (note) => openNote(note, { name, id: ownId, key }) };
}

interface KnownKey {
  readonly name: string;
  readonly id: Buffer;
  readonly key: KeyObject;
}

function openNote(note: string, { name, id, key }: KnownKey): string {
  // Of control characters only newlines may be in a note.
  const isNote = note.length <= MAX_NOTE_LENGTH && note.isWellFormed() && !/\p{Cc}/u.test(note.replaceAll('\n', ''));
  const end = note.lastIndexOf('\n\n');
  if (!isNote || end === -1 || !note.endsWith('\n')) throw new NoteError('this is no signed note');
  const text = note.slice(0, end + 1);
  const signatures = note
    .slice(end + 2, -1)
    .split('\n')
    .map(readSignature);
  for (const { by, bytes } of signatures) {
    if (by !== name || !bytes.subarray(0, 4).equals(id)) continue;
    if (verify(null, Buffer.from(text), key, bytes.subarray(4))) return text;
    throw new NoteError(`the signature of ${name} does not fit`);
  }
  throw new NoteError(`it is not signed by ${name} with this key`);
}

function readSignature(line: string): { readonly by: string; readonly bytes: Buffer } {
  const [, by, encoded = ''] = /^— ([^ ]+) ([A-Za-z0-9+/]+=*)$/.exec(line) ?? [];
  if (by === undefined) throw new NoteError('this is no signed note');
  return { by, bytes: Buffer.from(encoded, 'base64') };
}

function keyId(name: string, publicKey: Buffer): Buffer {
  const material = Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ED25519), publicKey]);
  return hash('sha256', material, 'buffer').subarray(0, 4);
}

function idText(id: Buffer): string {
  return id.toString('hex');
}

function typed(key: Buffer): string {
  return Buffer.concat([Buffer.of(ED25519), key]).toString('base64');
}

function untyped(encoded: string, what: string): Buffer {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length !== 1 + SEED_BYTES || bytes[0] !== ED25519) throw new NoteError(`this is not ${what} for Ed25519`);
  return bytes.subarray(1);
}

function privateKeyOf(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
}

function publicBytes(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length);
}

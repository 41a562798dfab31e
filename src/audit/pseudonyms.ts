import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codeOf } from '../kit/cause.ts';
import { modeOpenToOthers } from '../kit/mode-open-to-others.ts';
import { writeDurably } from '../kit/write-durably.ts';

/** Stands for what must not be recorded: the same text for the same value, and no way back without the key. */
export interface Pseudonyms {
  /** Of a value by its canonical JSON, HMAC-SHA-256 in hex. */
  ofValue(canonical: string): string;
  /** Of all arguments by their SHA-256. */
  ofArguments(sha256: string): string;
}

/** The key cannot be used: others could have it, or the file is no key. */
export class PseudonymKeyError extends Error {
  override readonly name = 'PseudonymKeyError';
}

/** Where the key of an instance is. */
export function pseudonymKeyPath(stateDir: string): string {
  return join(stateDir, 'pseudonym-key');
}

/**
 * Pseudonyms by the key in `path`; a fresh one is made when there is none, file 0600, directory 0700.
 *
 * @throws PseudonymKeyError when others can read or write it, or it is no key.
 */
export function openPseudonyms(path: string): Pseudonyms {
  return readPseudonyms(path) ?? makeKey(path);
}

/** Pseudonyms by the key in `path`; `undefined` when there is none. @throws PseudonymKeyError as `openPseudonyms()`. */
export function readPseudonyms(path: string): Pseudonyms | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw cause;
  }
  const mode = modeOpenToOthers(path);
  if (mode !== undefined) throw new PseudonymKeyError(`${path} has mode ${mode}: others could use it. Set it to 0600.`);
  if (!/^[0-9a-f]{64}\n$/.test(text))
    throw new PseudonymKeyError(`${path} is no key. Move it away to go on with a new one.`);
  return pseudonymsOf(Buffer.from(text.trim(), 'hex'));
}

function makeKey(path: string): Pseudonyms {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const key = randomBytes(32);
  writeDurably(`${path}.next`, `${key.toString('hex')}\n`);
  renameSync(`${path}.next`, path);
  return pseudonymsOf(key);
}

function pseudonymsOf(key: Uint8Array): Pseudonyms {
  // The two never stand for each other: a value that is the text of a digest is not one.
  const keyed = (what: string, text: string): string =>
    createHmac('sha256', key).update(`${what}\0${text}`).digest('hex');
  return {
    ofValue: (canonical) => keyed('value', canonical),
    ofArguments: (sha256) => keyed('arguments', sha256),
  };
}

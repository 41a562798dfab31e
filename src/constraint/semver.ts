import compare from 'semver/functions/compare.js';
import parse from 'semver/functions/parse.js';
import satisfies from 'semver/functions/satisfies.js';
import validRange from 'semver/ranges/valid.js';

const MAX_LENGTH = 256;

/** -1, 0 or 1 by the precedence of Semantic Versioning 2.0.0 §11. @throws Error unless both are versions as §2 writes them. */
export function compareVersions(a: string, b: string): number {
  return compare(checkVersion(a), checkVersion(b));
}

/** Whether `version` is in an npm-style range (`^1.2.0`, `>=1 <3`). @throws Error when either cannot be read. */
export function satisfiesRange(version: string, range: string): boolean {
  if (!isVersionRange(range)) throw new Error('not a version range');
  return satisfies(checkVersion(version), range);
}

/** Whether `text` is an npm-style range of bounded length. */
export function isVersionRange(text: string): boolean {
  return text !== '' && text.length <= MAX_LENGTH && validRange(text) !== null;
}

/** No `v` in front, no spaces, no missing parts. */
function checkVersion(text: string): string {
  if (text.length <= MAX_LENGTH && /^[0-9]\S*$/.test(text) && parse(text)?.raw === text) return text;
  throw new Error('not a version of the form 1.2.3');
}

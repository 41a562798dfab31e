import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { sha256Hex } from '../kit/digest.ts';
import { openPseudonyms, PseudonymKeyError, pseudonymKeyPath } from './pseudonyms.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sallyport-pseudonyms-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

suite('openPseudonyms()', () => {
  test('says the same of the same value for as long as the key is there', () => {
    const path = pseudonymKeyPath(directory);
    const first = openPseudonyms(path);
    const again = openPseudonyms(path);
    assert.equal(again.ofValue('"alice@example.com"'), first.ofValue('"alice@example.com"'));
    assert.notEqual(first.ofValue('"alice@example.com"'), first.ofValue('"bob@example.com"'));
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  test('says nothing that could be computed without the key, nor by another instance', () => {
    const one = openPseudonyms(join(directory, 'one'));
    const other = openPseudonyms(join(directory, 'other'));
    assert.notEqual(one.ofValue('1'), sha256Hex('1'));
    assert.notEqual(one.ofValue('1'), other.ofValue('1'));
    assert.notEqual(one.ofValue('1'), one.ofArguments('1'));
  });

  test('refuses a key that others can read, and what is no key', () => {
    const path = pseudonymKeyPath(directory);
    openPseudonyms(path);
    chmodSync(path, 0o644);
    assert.throws(() => openPseudonyms(path), PseudonymKeyError);
    const short = join(directory, 'short');
    writeFileSync(short, 'abc\n', { mode: 0o600 });
    assert.throws(() => openPseudonyms(short), PseudonymKeyError);
  });
});

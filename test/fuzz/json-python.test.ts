import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { exactNumber } from '../../src/call/exact-number.ts';
import { parseJson } from '../../src/call/parse-json.ts';
import type { JsonValue } from '../../src/kit/json.ts';
import { jsonTexts } from './json-texts.ts';

/** A value as `read-with-python.py` prints it. */
type Tagged =
  | { readonly v: boolean | string | null }
  | { readonly n: string }
  | { readonly l: readonly Tagged[] }
  | { readonly o: readonly (readonly [string, Tagged])[] };

const SCRIPT = fileURLToPath(new URL('./read-with-python.py', import.meta.url));
const missing = spawnSync('python3', ['--version']).status === 0 ? undefined : 'python3 is not installed';
/** Where every part must be there, its absence is a failure, not a skip. */
const skip = missing !== undefined && process.env['CI'] !== 'true' ? missing : false;
const numRuns = Math.ceil(Number(process.env['FUZZ_RUNS'] ?? 2000) / 200);

/** What Python sees in each text, `null` where it refuses. */
function pythonReads(texts: readonly Buffer[]): readonly (Tagged | null)[] {
  const input = texts.map((text) => `${text.toString('hex')}\n`).join('');
  const { stdout, stderr } = spawnSync('python3', [SCRIPT], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  assert.equal(stderr, '');
  return stdout
    .trimEnd()
    .split('\n')
    .map((line): Tagged | null => JSON.parse(line));
}

/** Python's value as ours. A number that does not survive becomes a text, which no number of ours equals. */
function fromTagged(tagged: Tagged): JsonValue {
  if ('v' in tagged) return tagged.v;
  if ('n' in tagged) return exactNumber(tagged.n) ?? `inexact ${tagged.n}`;
  if ('l' in tagged) return tagged.l.map(fromTagged);
  return new Map(tagged.o.map(([key, member]) => [key, fromTagged(member)]));
}

/** What we see in the texts that we accept, beside what Python sees in them. */
function bothRead(texts: readonly Buffer[]): readonly { readonly ours: unknown; readonly theirs: unknown }[] {
  const python = pythonReads(texts);
  return texts.flatMap((text, index) => {
    const parsed = parseJson(text);
    const theirs = python[index] ?? undefined;
    return parsed.kind === 'json' ? [{ ours: parsed.value, theirs: theirs && fromTagged(theirs) }] : [];
  });
}

suite('parseJson() against Python’s json', { skip }, () => {
  test('reads the same value whenever it accepts', () => {
    const batch = fc.array(jsonTexts, { minLength: 200, maxLength: 200 });
    fc.assert(
      fc.property(batch, (texts) => {
        for (const { ours, theirs } of bothRead(texts)) assert.deepEqual(theirs, ours);
      }),
      { numRuns, endOnFailure: true },
    );
  });

  test('compares some: the texts are not all refused', () => {
    const texts = fc.sample(jsonTexts, { numRuns: 200, seed: 1 });
    assert.ok(bothRead(texts).length > 40);
  });

  test('sees why it refuses what Python takes', () => {
    const taken = [
      'NaN',
      '-Infinity',
      '{"a":1,"a":2}',
      '"\\ud800"',
      '9007199254740993',
      '1e400',
      '1e-400',
      '{"__proto__":1}',
    ];
    const texts = taken.map((text) => Buffer.from(text));
    assert.deepEqual(bothRead(texts), []);
    assert.ok(pythonReads(texts).every((value) => value !== null));
  });
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { MESSAGE_LIMITS, parseJson } from '../../src/call/parse-json.ts';
import { fromPlain, type JsonValue } from '../../src/kit/json.ts';
import { jsonTexts } from './json-texts.ts';

/** How many texts: few in each run, many where `FUZZ_RUNS` asks for them. */
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 5000);

/** What the strict reader sees, `undefined` when it refuses. */
function strict(text: Uint8Array): JsonValue | undefined {
  const parsed = parseJson(text);
  return parsed.kind === 'json' ? parsed.value : undefined;
}

/** What `JSON.parse` sees, `undefined` when it throws. */
function native(text: Uint8Array): JsonValue | undefined {
  try {
    return fromPlain(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text)));
  } catch {
    return undefined;
  }
}

suite('parseJson() against JSON.parse', () => {
  test('reads the same value whenever it accepts', () => {
    fc.assert(
      fc.property(jsonTexts, (text) => {
        const value = strict(text);
        assert.deepEqual(value === undefined ? undefined : native(text), value);
      }),
      { numRuns },
    );
  });

  test('accepts every text that differs from what JSON.stringify prints of it only by white space', () => {
    const plain = fc.jsonValue({ stringUnit: 'grapheme', maxDepth: 4 });
    fc.assert(
      fc.property(plain, fc.nat(4), (value, indent) => {
        const text = Buffer.from(
          JSON.stringify(value, undefined, indent).replaceAll('\\u0000', '').replaceAll('__proto__', 'proto'),
        );
        assert.notEqual(strict(text), undefined);
      }),
      { numRuns },
    );
  });

  test('refuses every beginning of a text that is an object or an array', () => {
    const container = fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()));
    fc.assert(
      fc.property(container, fc.nat(), (value, place) => {
        const text = Buffer.from(JSON.stringify(value));
        assert.equal(strict(text.subarray(0, place % text.length)), undefined);
      }),
      { numRuns },
    );
  });

  test('never answers a value beyond its limits', () => {
    const depth = (value: JsonValue): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...[...value.values()].map(depth)) : 0;
    fc.assert(
      fc.property(jsonTexts, fc.integer({ min: 1, max: 4 }), (text, maxDepth) => {
        const parsed = parseJson(text, { ...MESSAGE_LIMITS, maxDepth });
        assert.ok(parsed.kind === 'refused' || depth(parsed.value) <= maxDepth);
      }),
      { numRuns },
    );
  });
});

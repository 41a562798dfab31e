import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { isUnder, parseRoot } from './is-under.ts';
import { parsePath } from './parse-path.ts';

/** Texts made of what paths are attacked with. */
const hostilePath = fc
  .array(
    fc.constantFrom(
      '/',
      'a',
      'workspace',
      '..',
      '.',
      '%2e',
      '%2f',
      '%2F',
      '%25',
      '\\',
      '\0',
      ' ',
      '．',
      '／',
      '~',
      '_evil',
      'C:',
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

suite('parsePath()', () => {
  test('takes a path apart by its segments', () => {
    assert.deepEqual(parsePath('/workspace/a b/.git'), {
      kind: 'path',
      absolute: true,
      segments: ['workspace', 'a b', '.git'],
    });
    assert.deepEqual(parsePath('src/%.txt'), { kind: 'path', absolute: false, segments: ['src', '%.txt'] });
    assert.deepEqual(parsePath('/'), { kind: 'path', absolute: true, segments: [] });
  });

  for (const [text, why] of [
    ['/workspace/../etc/passwd', '".." segments'],
    ['/workspace/./a', '"." segments'],
    ['/workspace//a', 'empty segments or a slash at the end'],
    ['/workspace/', 'empty segments or a slash at the end'],
    ['/workspace/a\0.txt', 'control characters'],
    ['/workspace/a\n', 'control characters'],
    ['/workspace\\..\\etc', 'backslashes'],
    ['/workspace/%2e%2e/etc', 'encoded ".." segments'],
    ['/workspace/..%2fetc', 'encoded ".." segments'],
    ['/workspace/a%2fb', 'encoded slashes'],
    ['/workspace/a%5cb', 'encoded backslashes'],
    ['/workspace/a%00', 'encoded control characters'],
    ['/workspace/%252e%252e/etc', 'percent-encoding that cannot be decoded once'],
    ['/workspace/%ff', 'percent-encoding that cannot be decoded once'],
    ['/workspace/．．/etc', 'encoded ".." segments'],
    ['/workspace/a／b', 'encoded slashes'],
    ['/workspace/.. /etc', 'names that end in a dot or a space'],
    ['/workspace/.../etc', 'names that end in a dot or a space'],
    ['~/a', 'a drive letter or "~" at the start'],
    ['C:windows', 'a drive letter or "~" at the start'],
  ] as const) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parsePath(text), { kind: 'ambiguous', without: why });
    });
  }
});

suite('isUnder()', () => {
  const root = parseRoot('/workspace');

  test('compares segments, not prefixes (CVE-2025-53110)', () => {
    assert.ok('/workspace_evil/a'.startsWith('/workspace'), 'the check that was got around');
    assert.equal(under('/workspace_evil/a'), false);
    assert.equal(under('/workspace/a'), true);
    assert.equal(under('/workspace'), true);
    assert.equal(under('workspace/a'), false);
  });

  test('never accepts a path that leaves the root when it is normalised, decoded or not', () => {
    fc.assert(
      fc.property(hostilePath, (text) => {
        for (const candidate of [text, `/workspace/${text}`]) {
          const readings = [candidate, decodeAll(candidate)].map((reading) =>
            posix.normalize(reading.normalize('NFKC')),
          );
          const stays = readings.every((reading) => reading === '/workspace' || reading.startsWith('/workspace/'));
          assert.ok(stays || !under(candidate), candidate);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('takes "." as the root of every relative path', () => {
    const here = parseRoot('.');
    const path = parsePath('a/b');
    assert.ok(here.kind === 'path' && path.kind === 'path' && isUnder(path, here));
  });

  function under(text: string): boolean {
    const path = parsePath(text);
    return path.kind === 'path' && root.kind === 'path' && isUnder(path, root);
  }
});

/** Every reading that decodes as often as it can. */
function decodeAll(text: string): string {
  let decoded = text;
  for (let layer = 0; layer < 3; layer++) {
    decoded = decoded.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
      Buffer.from(escapes.replaceAll('%', ''), 'hex').toString(),
    );
  }
  return decoded.replaceAll('\\', '/');
}

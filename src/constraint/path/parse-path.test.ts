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
      ';',
      '%3b',
      '；',
      '\u202e',
      '\u2215',
      '\u2044',
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
    ['/workspace/a／b', 'characters that look like slashes'],
    ['/workspace/.. /etc', 'names that end in a dot or a space'],
    ['/workspace/.../etc', 'names that end in a dot or a space'],
    ['/workspace/a\u0085b', 'control characters'],
    ['/workspace/\u202efdp.exe', 'characters that are not seen'],
    ['/workspace/\u2066a\u2069', 'characters that are not seen'],
    // HFS+ reads it as `.git` (CVE-2014-9390).
    ['/workspace/.g\u200cit/config', 'characters that are not seen'],
    ['/workspace/\ufeffa', 'characters that are not seen'],
    ['/workspace/a\u00adb', 'characters that are not seen'],
    ['/workspace/\u{e0041}', 'characters that are not seen'],
    ['/workspace/..\u2215etc', 'characters that look like slashes'],
    ['/workspace/..\u2044etc', 'characters that look like slashes'],
    ['/workspace/a\u2216b', 'characters that look like slashes'],
    ['/workspace/a\u29f8b', 'characters that look like slashes'],
    ['/workspace/a\uff3cb', 'characters that look like slashes'],
    ['/workspace/a\ufe68b', 'characters that look like slashes'],
    ['/workspace/%e2%80%ae', 'encoded characters that are not seen'],
    ['/workspace/..%e2%88%95etc', 'encoded characters that look like slashes'],
    // Tomcat drops what follows a ";" in a segment before it resolves "..".
    ['/workspace/..;/x', '".." segments before ";"'],
    ['/workspace/.;a=b/x', '"." segments before ";"'],
    ['/workspace/;/x', 'empty segments or a slash at the end before ";"'],
    ['/workspace/..%3b/x', 'encoded ".." segments before ";"'],
    ['/workspace/%2e%2e;/x', 'encoded ".." segments before ";"'],
    ['/workspace/..；/x', 'encoded ".." segments before ";"'],
    ['/workspace/a%2etxt', 'encoded dots'],
    ['~/a', 'a drive letter or "~" at the start'],
    ['C:windows', 'a drive letter or "~" at the start'],
  ] as const) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parsePath(text), { kind: 'ambiguous', without: why });
    });
  }
});

suite('parsePath(), names that are not ambiguous', () => {
  for (const text of ['/w/a;b.txt', '/w/a;', '/w/½ cup', '/w/50%', '/w/100%25', '/w/日本語.txt', '/w/a…b', '/w/❤️']) {
    test(`takes ${JSON.stringify(text)}`, () => assert.equal(parsePath(text).kind, 'path'));
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
          const mapped = [candidate, decodeAll(candidate)].map((reading) => reading.normalize('NFKC'));
          const readings = [...mapped, ...mapped.map(withoutParameters)].map((reading) => posix.normalize(reading));
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

/** As Tomcat reads it. */
function withoutParameters(path: string): string {
  return path.replaceAll(/;[^/]*/g, '');
}

/** Every reading that decodes as often as it can. */
function decodeAll(text: string): string {
  let decoded = text;
  for (let layer = 0; layer < 3; layer++) {
    decoded = decoded.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
      Buffer.from(escapes.replaceAll('%', ''), 'hex').toString(),
    );
  }
  return decoded.replaceAll(/[\\\u2215\u2044]/g, '/').replaceAll(/\p{Cf}/gu, '');
}

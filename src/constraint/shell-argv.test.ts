import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { shellArgv } from './shell-argv.ts';

suite('shellArgv()', () => {
  for (const [line, words] of [
    ['git status', ['git', 'status']],
    ['  git \t commit  -m  "a b" ', ['git', 'commit', '-m', 'a b']],
    ["echo 'it'\\''s' \"a\\\"b\" a\\ b ''", ['echo', "it's", 'a"b', 'a b', '']],
    ['grep -e "*.txt" --color=auto', ['grep', '-e', '*.txt', '--color=auto']],
    ['date +%F', ['date', '+%F']],
  ] as const) {
    test(`splits ${line}`, () => {
      assert.deepEqual(shellArgv(line), words);
    });
  }

  for (const line of [
    'ls; rm -rf /',
    'ls && rm',
    'ls | sh',
    'ls > /etc/passwd',
    'ls < a',
    'echo $(id)',
    'echo `id`',
    'echo $HOME',
    'echo "$HOME"',
    'echo "`id`"',
    'rm *',
    'rm a?',
    'rm [ab]',
    'rm {a,b}',
    'ls ~root',
    'ls # comment',
    'ls\nrm',
    'ls\rrm',
    'ls & ',
    '(ls)',
    'A=1 sh',
    'if true',
    'eval ls',
    "echo 'a",
    'echo "a',
    'echo a\\',
    '! ls',
    'ls\0',
    'ls\u00a0-la',
    'ls\u2028rm',
    '',
    '   ',
    "''",
    `a${' '.repeat(70_000)}`,
  ]) {
    test(`refuses ${JSON.stringify(line.slice(0, 30))}`, () => {
      assert.throws(() => shellArgv(line));
    });
  }

  test('gives quoted words back as they were', () => {
    const word = fc.string({ unit: fc.constantFrom('a', ' ', '"', '$', '\\', ';', '*', '`', 'é') });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (words) => {
        assert.deepEqual(shellArgv(['run', ...words.map((text) => `'${text}'`)].join(' ')), ['run', ...words]);
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { plainServe } from './plain-serve.ts';
import { serveCommand } from './serve-command.ts';
import type { ServeFlags } from './serve.ts';

/** What the parser of all commands makes of the words after `serve`. */
function parsed(words: readonly string[]): ServeFlags {
  const command = serveCommand()
    .exitOverride()
    .configureOutput({ writeErr() {} });
  command.action(() => {});
  return command.parse(words, { from: 'user' }).opts<ServeFlags>();
}

suite('plainServe()', () => {
  test('reads the two flags, in any order', () => {
    assert.deepEqual(plainServe(['serve']), { config: 'sallyport.yaml', confine: true });
    assert.deepEqual(plainServe(['serve', '--config', 'a.yaml']), { config: 'a.yaml', confine: true });
    assert.deepEqual(plainServe(['serve', '--no-confine', '--config=b=c']), { config: 'b=c', confine: false });
  });

  for (const argv of [
    [],
    ['dev'],
    ['help', 'serve'],
    ['serve', '--help'],
    ['serve', '-h'],
    ['serve', '--confine'],
    ['serve', '--config'],
    ['serve', '--config='],
    ['serve', '--config', ''],
    ['serve', '--config', '--no-confine'],
    ['serve', '--no-confine=no'],
    ['serve', '--', '--no-confine'],
    ['serve', 'a.yaml'],
    ['--version', 'serve'],
  ]) {
    test(`leaves ${JSON.stringify(argv)} to the parser`, () => assert.equal(plainServe(argv), undefined));
  }

  test('never reads what the parser reads otherwise', () => {
    const word = fc.oneof(
      fc.constantFrom('--config', '--config=', '--config=a', '--no-confine', '--confine', '--', '-', '--help', 'a', ''),
      fc.string({ maxLength: 4 }),
      fc.string({ maxLength: 4 }).map((text) => `--config=${text}`),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 4 }), (words) => {
        const flags = plainServe(['serve', ...words]);
        fc.pre(flags !== undefined);
        assert.deepEqual({ ...parsed(words) }, { ...flags });
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { CommandError } from './command-error.ts';
import { listeningIo, scratchDirectory } from './command-io.fixture.ts';
import { dev } from './dev.ts';

const options = { bind: '127.0.0.1:0', env: [] };
const TAKES_ONE = /say either --upstream URL, or a command behind --/;

suite('dev()', () => {
  for (const [what, command, more, message] of [
    ['a command that is not there', ['no-such-command'], {}, /^the command "no-such-command" was not found\.$/],
    [
      'a command that ends',
      [process.execPath, '-e', 'process.exit(3)'],
      {},
      /^the command ".*" ended with exit code 3\.$/,
    ],
    [
      'an upstream without scheme',
      [],
      { upstream: '127.0.0.1:3001/mcp' },
      /Did you mean http:\/\/127\.0\.0\.1:3001\/mcp\?/,
    ],
    ['a wrong address', [], { upstream: 'http://127.0.0.1:1', bind: '8702' }, /^--bind must be ADDRESS:PORT, such as/],
    ['nothing to guard', [], {}, TAKES_ONE],
    ['two things to guard', ['one'], { upstream: 'http://127.0.0.1:1' }, TAKES_ONE],
  ] as const) {
    test(`writes nothing for ${what}`, async (context) => {
      const dir = join(scratchDirectory(context), 'guard');
      await assert.rejects(
        dev(command, { ...options, dir, ...more }, listeningIo()),
        (error) => error instanceof CommandError && message.test(error.message),
      );
      assert.ok(!existsSync(dir));
    });
  }
});

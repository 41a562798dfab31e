import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Command } from 'commander';
import { ProblemsError } from '../kit/problem.ts';
import type { CommandIo } from './command-io.ts';
import { type LazyCommand, runProgram } from './run-program.ts';

function setup(env: CommandIo['env'] = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const loaded: string[] = [];
  const lazy = (name: string, act: () => unknown): LazyCommand => ({
    name,
    summary: `what ${name} does`,
    load: async () => {
      loaded.push(name);
      return new Command(name)
        .description(`what ${name} does`)
        .option('--deep', 'an option of its own')
        .action(async () => {
          await act();
        });
    },
  });
  const problem = {
    file: 'a.yaml',
    line: 3,
    column: 5,
    field: 'servers',
    message: 'is wrong.',
    severity: 'error',
  } as const;
  const commands = [
    lazy('good', () => out.push('done')),
    lazy('broken', () => {
      throw new TypeError('it broke\u001b[2J');
    }),
    lazy('crowded', () => {
      throw Object.assign(new Error('listen EADDRINUSE: address already in use 127.0.0.1:8700'), {
        code: 'EADDRINUSE',
      });
    }),
    lazy('misconfigured', () => {
      throw new ProblemsError([problem, { ...problem, line: 4 }]);
    }),
  ];
  const io: CommandIo = { print: (line) => void out.push(line), complain: (line) => void err.push(line), env };
  return { out, err, loaded, run: (...argv: string[]) => runProgram(argv, { version: '1.2.3', commands, io }) };
}

suite('runProgram()', () => {
  test('runs a command and loads no other', async () => {
    const { run, out, loaded } = setup();
    assert.equal(await run('good'), 0);
    assert.deepEqual([out, loaded], [['done'], ['good']]);
  });

  test('prints the version and the help without loading anything', async () => {
    const { run, out, loaded } = setup();
    assert.equal(await run('--version'), 0);
    assert.equal(await run('--help'), 0);
    assert.equal(out[0], '1.2.3');
    assert.match(out[1] ?? '', /good\s+what good does\n\s+broken\s+what broken does/);
    assert.deepEqual(loaded, []);
  });

  test('shows the examples of a command below its options', async () => {
    const out: string[] = [];
    const io: CommandIo = { print: (line) => void out.push(line), complain: () => {}, env: {} };
    const check: LazyCommand = { name: 'check', summary: 'checks', load: async () => new Command('check') };
    assert.equal(await runProgram(['check', '--help'], { version: '1.2.3', commands: [check], io }), 0);
    assert.match(out.join('\n'), /Examples:\n {2}sallyport check\n/);
  });

  test('prints the help of a command with its options, asked for in either way', async () => {
    const { run, out } = setup();
    assert.equal(await run('good', '--help'), 0);
    assert.equal(await run('help', 'good'), 0);
    assert.match(out[0] ?? '', /--deep/);
    assert.match(out[1] ?? '', /--deep/);
  });

  test('ends with 2 for a wrong command or option, and suggests the right one', async () => {
    const { run, err } = setup();
    assert.equal(await run('godo'), 2);
    assert.equal(await run('good', '--dep'), 2);
    assert.match(err.join('\n'), /unknown command 'godo'[\s\S]*Did you mean good\?[\s\S]*unknown option '--dep'/);
    assert.match(err.at(-1) ?? '', /^sallyport good --help shows how\.$/);
  });

  test('prints each problem of a configuration on a line and ends with 2', async () => {
    const { run, err } = setup();
    assert.equal(await run('misconfigured'), 2);
    assert.deepEqual(err, ['a.yaml:3:5: error: servers: is wrong.\na.yaml:4:5: error: servers: is wrong.']);
  });

  test('prints what was thrown without a stack and without control characters', async () => {
    const { run, err } = setup();
    assert.equal(await run('broken'), 2);
    assert.deepEqual(err, ['error: it broke\\u{1b}[2J']);
  });

  test('says what to do about an address that is in use', async () => {
    const { run, err } = setup();
    assert.equal(await run('crowded'), 2);
    assert.match(
      err.join(),
      /^error: 127\.0\.0\.1:8700 is in use already\. Stop what listens there, or change the bind/,
    );
  });

  test('prints the stack when it is asked for', async () => {
    const { run, err } = setup({ SALLYPORT_DEBUG: '1' });
    await run('broken');
    assert.match(err[1] ?? '', /at .*run-program\.test\.ts/);
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { ephemeralKeyRing } from '../sealing/key-ring.fixture.ts';
import { sealPurpose } from '../sealing/purpose.ts';
import { createSealer } from '../sealing/seal.ts';
import { type KeptTaskNames, openTaskNames } from './kept-task-names.ts';

const directory = mkdtempSync(join(tmpdir(), 'tasks-'));
after(() => rmSync(directory, { recursive: true }));

const sealer = createSealer(ephemeralKeyRing(() => 0));
const rethrow = (error: unknown): never => {
  throw error;
};

function open(name: string, capacity = 4): KeptTaskNames {
  return openTaskNames({ path: join(directory, name), sealer, onError: rethrow, capacity });
}

/** Gives the task to its owner, under a name that opens to it. */
function give({ names }: KeptTaskNames, owner: string, id: string, server = 'files'): string {
  const sealed = sealer.seal(sealPurpose('task', server), owner, id);
  names.remember(server, owner, id, sealed);
  return sealed;
}

suite('openTaskNames()', () => {
  test('knows after a restart whose task it is, and under which name', () => {
    const first = open('restart');
    const sealed = give(first, 'alice', 'täsk');
    first[Symbol.dispose]();
    const { names } = open('restart');
    assert.equal(names.nameFor('files', 'alice', 'täsk'), sealed);
    assert.equal(names.nameFor('files', 'bob', 'täsk'), undefined);
    assert.equal(names.nameFor('mail', 'alice', 'täsk'), undefined);
    assert.equal(names.isOfAnother('files', 'bob', 'täsk'), true);
    assert.equal(statSync(join(directory, 'restart')).mode & 0o777, 0o600);
  });

  test('writes by itself what was given, each task once', async () => {
    const kept = open('itself');
    for (const id of ['a', 'a', 'b']) give(kept, 'alice', id);
    const lines = (): number => readFileSync(join(directory, 'itself'), 'utf8').split('\n').length - 1;
    assert.equal(lines(), 0);
    while (lines() === 0) await new Promise(setImmediate);
    assert.equal(lines(), 2);
  });

  test('keeps the last tasks, in a file that does not grow for ever', () => {
    const ids = Array.from({ length: 30 }, (_, at) => `task-${at}`);
    for (const id of ids) {
      using kept = open('many');
      give(kept, 'alice', id);
    }
    const one = open('many');
    for (const id of ids) give(one, 'bob', id);
    one[Symbol.dispose]();
    assert.ok(readFileSync(join(directory, 'many'), 'utf8').split('\n').length <= 9);
    const { names } = open('many');
    assert.deepEqual(
      ids.filter((id) => names.nameFor('files', 'bob', id) !== undefined),
      ids.slice(-4),
    );
  });

  test('believes no line whose name does not open to its owner on its server', () => {
    const sealed = sealer.seal(sealPurpose('task', 'files'), 'alice', 'a');
    const gone = createSealer(ephemeralKeyRing(() => 0)).seal(sealPurpose('task', 'files'), 'alice', 'b');
    const lines = [
      JSON.stringify(['files', 'bob', sealed]),
      JSON.stringify(['mail', 'alice', sealed]),
      JSON.stringify(['files', 'alice', gone]),
      JSON.stringify(['files', 'alice', 'a']),
      JSON.stringify({ server: 'files' }),
      '["files",',
      'null',
    ];
    writeFileSync(join(directory, 'odd'), lines.join('\n'));
    assert.deepEqual([...open('odd', 100).names.given], []);
  });

  test('remembers in this process when the file cannot be written', () => {
    const errors: unknown[] = [];
    const gone = mkdtempSync(join(tmpdir(), 'tasks-'));
    const kept = openTaskNames({ path: join(gone, 'tasks'), sealer, onError: (error) => void errors.push(error) });
    rmSync(gone, { recursive: true });
    const sealed = give(kept, 'alice', 'a');
    kept[Symbol.dispose]();
    assert.equal(kept.names.nameFor('files', 'alice', 'a'), sealed);
    assert.equal(errors.length, 1);
  });
});

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { suite, test } from 'node:test';
import { printProblem, ProblemsError } from '../kit/problem.ts';
import { loadConfig } from './load.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const BAD = join(FIXTURES, 'bad');
const GOLDEN = join(FIXTURES, 'messages.txt');

async function messagesOf(file: string): Promise<string> {
  const error: unknown = await loadConfig(join(BAD, file)).then(
    () => assert.fail(`${file} was accepted`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ProblemsError, String(error));
  return error.problems.map(printProblem).join('\n').replaceAll(`${BAD}/`, '');
}

suite('loadConfig()', () => {
  test('says of each fixture what is wrong, where, and what to write instead', async () => {
    const files = readdirSync(BAD).filter((name) => name !== 'files');
    assert.ok(files.length > 20);
    const said = await Promise.all(files.toSorted().map(messagesOf));
    // To accept a deliberate change: node src/config/load.fixture.ts > src/config/fixtures/messages.txt
    assert.deepEqual(said.join('\n').split('\n'), readFileSync(GOLDEN, 'utf8').trim().split('\n'));
  });

  test('says that a file is not there', async () => {
    await assert.rejects(loadConfig('/nowhere/sallyport.yaml'), {
      message:
        '/nowhere/sallyport.yaml:1:1: error: /nowhere/sallyport.yaml is not there. Name another with --config, or make one with sallyport init.',
    });
  });

  test('fills in the closed defaults', async () => {
    const { config } = await loadConfig(join(FIXTURES, 'good', 'sallyport.yaml'));
    const { files } = config.servers;
    assert.deepEqual([files?.identity, files?.capability, files?.listener], ['token', 'token', 'agents']);
    assert.equal(config.audit.on_damage, 'refuse');
    assert.equal(config.decision.deadline_ms, 2000);
  });

  test('reads the policies in the order of their names and knows every file it read', async () => {
    const file = join(FIXTURES, 'good', 'sallyport.yaml');
    const loaded = await loadConfig(file);
    assert.deepEqual(
      loaded.policies.map((source) => relative(FIXTURES, source.file)),
      ['good/policies/a.yaml', 'good/policies/b.yaml'],
    );
    await loaded.readFile('policies/../sallyport.yaml');
    assert.deepEqual(loaded.files(), [
      file,
      ...['a', 'b'].map((name) => join(FIXTURES, 'good/policies', `${name}.yaml`)),
    ]);
    assert.equal(loaded.stateDir, join(FIXTURES, 'good', 'state'));
  });
});

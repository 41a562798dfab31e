import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { printProblem, ProblemsError } from '../kit/problem.ts';
import { readYaml } from '../source/yaml-source.ts';
import { catalogue } from './catalogue.fixture.ts';
import { compilePolicies } from './load-policies.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const files = readdirSync(FIXTURES).filter((name) => name.endsWith('.yaml'));

/** The errors of a file, as the command line prints them. */
function errorsOf(file: string, text: string): readonly string[] {
  try {
    compilePolicies([readYaml(file, text)], catalogue, { readText: missing });
    return [];
  } catch (error) {
    assert.ok(error instanceof ProblemsError);
    return error.problems.filter(({ severity }) => severity === 'error').map(printProblem);
  }
}

function missing(): never {
  throw Object.assign(new Error('there is no such file'), { code: 'ENOENT' });
}

suite('compilePolicies() refuses', () => {
  test('finds the fixtures', () => assert.ok(files.length > 40));

  for (const file of files) {
    test(file.replace('.yaml', '').replaceAll('-', ' '), () => {
      const text = readFileSync(join(FIXTURES, file), 'utf8');
      const expected = [...text.matchAll(/^# says (.*)$/gm)].map(([, line]) => line);
      assert.notEqual(expected.length, 0, 'the fixture does not say what is expected');
      assert.deepEqual(errorsOf(file, text), expected);
    });
  }
});

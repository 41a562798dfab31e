import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';

const ROOT = join(import.meta.dirname, '../..');

suite('docs/dependencies.md', () => {
  test('names every dependency of package.json with its version', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const page = readFileSync(join(ROOT, 'docs/dependencies.md'), 'utf8');
    const versions: readonly [string, string][] = Object.entries({ ...dependencies, ...devDependencies });
    const missing = versions.filter(([name, version]) => !page.includes(`\`${name}\` ${version}`));
    assert.deepEqual(missing, []);
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { ProblemsError } from '../kit/problem.ts';
import { loadConfig } from './load.ts';
import { readOutline } from './outline.ts';
import { permissionFlags } from './permission-flags.ts';

const GOOD = join(import.meta.dirname, 'fixtures/good/sallyport.yaml');

suite('readOutline()', () => {
  test('names what the checked configuration names', async () => {
    const [outline, loaded] = await Promise.all([readOutline(GOOD), loadConfig(GOOD)]);
    assert.deepEqual(permissionFlags(outline, []), permissionFlags(loaded, []));
    assert.equal(outline.stateDir, loaded.stateDir);
    assert.deepEqual(
      outline.policies.map(({ value }) => value),
      loaded.policies.map(({ value }) => value),
    );
  });

  test('leaves out policy files that are not wanted', async () => {
    const outline = await readOutline(GOOD, () => false);
    assert.deepEqual(outline.policies, []);
    assert.deepEqual(outline.files(), (await readOutline(GOOD)).files());
  });

  test('says that a file is not there, as loadConfig() does', async () => {
    await assert.rejects(readOutline('/nowhere/sallyport.yaml'), ProblemsError);
  });

  test('reads a document of any shape, and grants no more than what it names', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'outline-'));
    const file = join(folder, 'sallyport.yaml');
    const anything = fc.jsonValue({ maxDepth: 3 });
    const document = fc.oneof(
      anything,
      fc.record({
        listeners: anything,
        servers: fc.oneof(anything, fc.dictionary(fc.string(), fc.record({ pins: anything, upstream_tls: anything }))),
        authenticate: fc.oneof(anything, fc.record({ issuers: fc.array(anything), revocations: anything })),
        policies: fc.oneof(fc.integer(), fc.array(fc.oneof(fc.integer(), fc.constant('nothing/*.yaml')))),
        state_dir: fc.oneof(fc.integer(), fc.constant(null)),
      }),
    );
    await fc.assert(
      fc.asyncProperty(document, async (value) => {
        writeFileSync(file, JSON.stringify(value));
        const flags = permissionFlags(await readOutline(file), []);
        assert.deepEqual(
          flags.filter((flag) => flag.startsWith('--allow-fs-write')),
          [`--allow-fs-write=${join(folder, '.sallyport')}`],
        );
      }),
    );
    rmSync(folder, { recursive: true });
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { QuarantineEntry } from '../../catalogue/quarantine.ts';
import { openQuarantineDirectory, QuarantineFileError } from './file-quarantine-store.ts';

const entry: QuarantineEntry = {
  server: 'files',
  tool: '../../etc/passwd\n\u0000',
  pin: 'a'.repeat(64),
  seen: 'b'.repeat(64),
  sinceMs: 1_700_000_000_000,
  principal: 'https://issuer.example alice',
  diff: ['~ /description: "a" → "b"'],
};

function directoryFor(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-quarantine-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return join(directory, 'state', 'quarantine');
}

suite('openQuarantineDirectory()', () => {
  test('keeps entries across restarts', (context) => {
    const directory = directoryFor(context);
    openQuarantineDirectory(directory).put(entry);
    openQuarantineDirectory(directory).put({ ...entry, tool: 'other' });
    const load = openQuarantineDirectory(directory)
      .load()
      .toSorted((one, other) => one.tool.length - other.tool.length);
    assert.deepEqual(load, [{ ...entry, tool: 'other' }, entry]);
  });

  test('keeps one entry a tool, the last', (context) => {
    const store = openQuarantineDirectory(directoryFor(context));
    store.put(entry);
    store.put({ ...entry, seen: 'c'.repeat(64) });
    assert.deepEqual(
      store.load().map(({ seen }) => seen),
      ['c'.repeat(64)],
    );
  });

  test('forgets what is removed, and minds nothing that was not there', (context) => {
    const store = openQuarantineDirectory(directoryFor(context));
    store.put(entry);
    store.remove('files', entry.tool);
    store.remove('files', 'never');
    assert.deepEqual(store.load(), []);
  });

  test('lets no tool name near a path, and no other user near the files', (context) => {
    const directory = directoryFor(context);
    openQuarantineDirectory(directory).put(entry);
    const [file = ''] = readdirSync(directory);
    assert.match(file, /^[0-9a-f]{32}\.json$/);
    assert.equal(statSync(join(directory, file)).mode & 0o777, 0o600);
    assert.equal(statSync(directory).mode & 0o777, 0o700);
  });

  for (const text of ['', '{}', '{"apiVersion":"sallyport/v1","kind":"QuarantinedTool"}']) {
    test(`does not load ${JSON.stringify(text)} as if nothing were in quarantine`, (context) => {
      const directory = directoryFor(context);
      const store = openQuarantineDirectory(directory);
      writeFileSync(join(directory, 'a.json'), text);
      assert.throws(() => store.load(), QuarantineFileError);
    });
  }
});

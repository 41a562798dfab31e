import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { loadCatalogue } from '../../catalogue/load-catalogue.ts';
import { loadConfig } from '../../config/load.ts';
import { printProblem } from '../../kit/problem.ts';
import { newKekText } from '../../vault/kek.ts';
import { vaultProblems } from './vault-problems.ts';

/** What is wrong with that section, beside keys `one.key`, `two.key` (the same), and `open.key`, which others can read. */
async function problemsOf(context: TestContext, section: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-vault-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  const text = newKekText();
  for (const name of ['one.key', 'two.key', 'open.key']) writeFileSync(join(directory, name), text, { mode: 0o600 });
  chmodSync(join(directory, 'open.key'), 0o640);
  writeFileSync(
    join(directory, 'pins.json'),
    '{"apiVersion":"sallyport/v1","kind":"Pins","server":"files","tools":[]}',
  );
  const server =
    'route: /f, upstream: "http://127.0.0.1:9/mcp", pins: pins.json, identity: anonymous, capability: none';
  const path = join(directory, 'sallyport.yaml');
  writeFileSync(path, `servers: { files: { ${server} } }\npayload_vault: ${section}\n`);
  const loaded = await loadConfig(path);
  const { catalogue } = await loadCatalogue(loaded.config.servers, loaded);
  return vaultProblems(loaded, catalogue).map(printProblem).join('\n').replaceAll(`${directory}/`, '');
}

suite('vaultProblems()', () => {
  test('has nothing to say of keys and names that can be used', async (context) => {
    assert.equal(await problemsOf(context, '{ key: one.key, keep: [{ server: files }] }'), '');
  });

  test('says where a key is that others can read, and what to do', async (context) => {
    assert.equal(
      await problemsOf(context, '{ key: one.key, old_keys: [open.key], keep: [{ server: files }] }'),
      'sallyport.yaml:2:43: error: payload_vault.old_keys.0: open.key has mode 640: others could use the key. Set it to 0600.',
    );
  });

  test('says that a key is named twice', async (context) => {
    assert.match(
      await problemsOf(context, '{ key: one.key, old_keys: [two.key], keep: [{ server: files }] }'),
      /payload_vault\.old_keys\.0: two\.key holds the same key as one\.key\. Name each key once\./,
    );
  });

  test('names the server and the tool that was meant, or those that there are', async (context) => {
    assert.match(
      await problemsOf(context, '{ key: one.key, keep: [{ server: fils }] }'),
      /payload_vault\.keep\.0\.server: there is no server "fils"\. Did you mean "files"\?/,
    );
    assert.match(
      await problemsOf(context, '{ key: one.key, keep: [{ server: files, tools: [read_file] }] }'),
      /payload_vault\.keep\.0\.tools\.0: files has no pinned tool "read_file"/,
    );
  });
});

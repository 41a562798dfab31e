import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';

const script = join(import.meta.dirname, '../../bin/sallyport.mjs');

/** A checkout that holds only the script and a program that says what it was called with. */
function checkout(context: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'sallyport-bin-'));
  context.after(() => rmSync(root, { recursive: true }));
  for (const folder of ['bin', 'src/cli', 'dist/cli']) mkdirSync(join(root, folder), { recursive: true });
  cpSync(script, join(root, 'bin/sallyport.mjs'));
  writeFileSync(join(root, 'dist/cli/main.js'), "console.log('dist', process.argv.slice(2).join());");
  writeFileSync(join(root, 'src/cli/main.ts'), "console.log('src', process.argv.slice(2).join());");
  return join(root, 'bin/sallyport.mjs');
}

function run(program: string, older = false) {
  // An older Node is what the script takes this one for.
  const preload = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.20.2"})';
  const args = older ? ['--import', preload, program] : [program];
  return spawnSync(process.execPath, [...args, 'audit', 'tail'], { encoding: 'utf8' });
}

suite('bin/sallyport.mjs', () => {
  test('runs the source when that is newer than what was built', (context) => {
    const { stdout, status } = run(checkout(context));
    assert.deepEqual([stdout, status], ['src audit,tail\n', 0]);
  });

  test('says under an older Node where to get the right one', (context) => {
    const { stderr, status } = run(checkout(context), true);
    assert.equal(stderr, 'Sallyport needs Node 26; this is 20.20.2. Run npm run demo once, it puts one into .node/.\n');
    assert.equal(status, 2);
  });

  test('goes on under the Node of the checkout', (context) => {
    const program = checkout(context);
    const bin = join(program, '../../.node/node-26.0.0/node_modules/node/bin');
    mkdirSync(bin, { recursive: true });
    symlinkSync(process.execPath, join(bin, 'node'));
    const { stdout, status } = run(program, true);
    assert.deepEqual([stdout, status], ['src audit,tail\n', 0]);
  });
});

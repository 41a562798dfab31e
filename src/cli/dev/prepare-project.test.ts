import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { startModernServer } from '../../catalogue/live/live-servers.fixture.ts';
import { CommandError } from '../command-error.ts';
import { scratchDirectory } from '../command-io.fixture.ts';
import { prepareProject } from './prepare-project.ts';

const tools = [{ name: 'read', inputSchema: { type: 'object' as const }, annotations: { readOnlyHint: true } }];
const bind = '127.0.0.1:8700';

suite('prepareProject()', () => {
  test('keeps the files of each server apart', async (context) => {
    await using server = await startModernServer(tools);
    const dir = scratchDirectory(context);
    const files = await prepareProject({ url: server.url }, { dir, bind, name: 'files' });
    const before = readFileSync(files.configPath, 'utf8');
    const mail = await prepareProject({ url: server.url }, { dir, bind, name: 'mail' });
    assert.deepEqual(
      [files.configPath, mail.configPath],
      [join(dir, 'files/sallyport.yaml'), join(dir, 'mail/sallyport.yaml')],
    );
    assert.equal(readFileSync(files.configPath, 'utf8'), before);
    // Nobody is refused because the machine of a developer is slow.
    assert.match(before, /^decision: \{ max_loop_delay_ms: 10000 \}$/m);
    assert.deepEqual(readdirSync(join(dir, 'mail/policies')), ['mail.yaml']);
  });

  test('writes nothing where a guard runs already', async (context) => {
    await using server = await startModernServer(tools);
    const dir = scratchDirectory(context);
    mkdirSync(join(dir, 'files/state'), { recursive: true });
    const operator = createServer();
    await new Promise<void>((resolve) => operator.listen(join(dir, 'files/state/operator.sock'), resolve));
    await assert.rejects(
      prepareProject({ url: server.url }, { dir, bind, name: 'files' }),
      (error) => error instanceof CommandError && /"files" is guarded from .*files already\. Stop/.test(error.message),
    );
    operator.close();
    assert.deepEqual(readdirSync(join(dir, 'files')), ['state']);
  });
});

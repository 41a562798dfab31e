import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { startFilesServer } from '../../examples/demo/files-server.ts';
import { ALLOW_ALL, startSallyport } from './start-sallyport.ts';

const DENY_WRITES = `${ALLOW_ALL}  - { id: no-writes, match: { tool: write_file }, effect: deny }\n`;

async function ask(url: string, method: string, params: object): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept': 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  return await response.text();
}

suite('a reload', () => {
  test('is whole although the quarantine cannot be read: calls and lists follow the same rules', async () => {
    await using server = await startFilesServer();
    await using sallyport = await startSallyport({ servers: { files: server.url } });
    const url = sallyport.url('files');
    assert.match(await ask(url, 'tools/list', {}), /write_file/);

    await writeFile(join(sallyport.folder, '.sallyport/quarantine/junk.json'), '{');
    await writeFile(join(sallyport.folder, 'policies/policy.yaml'), DENY_WRITES);
    assert.equal(await sallyport.reload(), 'swapped');

    const call = { name: 'write_file', arguments: { path: '/workspace/a', content: 'x' } };
    assert.match(await ask(url, 'tools/call', call), /policy\.denied/);
    assert.doesNotMatch(await ask(url, 'tools/list', {}), /write_file/);
    assert.equal(server.calls.length, 0);
  });
});

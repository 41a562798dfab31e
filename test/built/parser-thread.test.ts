import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { startServed } from '../soak/served-process.ts';

const SERVER = {
  route: '/files',
  upstream: 'http://127.0.0.1:9/mcp',
  pins: 'pins.json',
  identity: 'anonymous',
  capability: 'none',
};
const CONFIG = { listeners: { agents: { bind: '127.0.0.1:0' } }, servers: { files: SERVER } };
const PINS = { apiVersion: 'sallyport/v1', kind: 'Pins', server: 'files', tools: [] };
/** Larger than what is read on the event loop. */
const LARGE = 400_000;

// The thread is a file of its own, which the built program must find where it is, and may read although it is confined.
suite('the built program', () => {
  test('reads a large body in its thread', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-built-'));
    t.after(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'pins.json'), JSON.stringify(PINS));
    await writeFile(join(folder, 'sallyport.yaml'), JSON.stringify(CONFIG));
    await using served = await startServed(folder, { probed: false });
    const params = { name: 'write_file', arguments: { text: 'a'.repeat(LARGE) } };
    const answer = await fetch(`${served.origin}/files`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept': 'application/json, text/event-stream' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
    });
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /tool\.unknown/);
  });
});

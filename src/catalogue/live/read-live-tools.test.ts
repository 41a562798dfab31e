import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { json } from '../catalogue.fixture.ts';
import { pinOf } from '../pin.ts';
import { LiveServerError, type LiveTools } from './live-tools.ts';
import {
  type FixtureTool,
  startFailingServer,
  startLegacyServer,
  startModernServer,
  startRawServer,
} from './live-servers.fixture.ts';
import { readLiveTools } from './read-live-tools.ts';

const tools: FixtureTool[] = ['a', 'b', 'c', 'd', 'e'].map((name) => ({
  name,
  description: `Tool ${name}.`,
  inputSchema: { type: 'object', properties: { x: { type: 'integer', maximum: 9007199254740991 } } },
  annotations: { readOnlyHint: true },
}));

async function read(url: URL): Promise<LiveTools> {
  return readLiveTools({ url, timeoutMs: 5000 });
}

function pinsOf({ tools: found }: LiveTools): readonly string[] {
  return found.map((tool) => (tool.kind === 'definition' ? tool.pin : tool.reason));
}

/** Where a server was. */
async function closedUrl(): Promise<URL> {
  await using server = await startRawServer('{}');
  return server.url;
}

suite('readLiveTools()', () => {
  test('reads every page of an SDK 2.x server in the modern era', async () => {
    await using server = await startModernServer(tools, 2);
    const live = await read(server.url);
    assert.deepEqual([live.era, live.serverName], ['modern', 'Modern Files']);
    assert.deepEqual(
      pinsOf(live),
      tools.map((tool) => pinOf(json(tool))),
    );
  });

  test('reads every page of an SDK 1.x server, which answers as an event stream', async () => {
    await using server = await startLegacyServer(tools, 2);
    const live = await read(server.url);
    assert.deepEqual([live.era, live.serverName], ['legacy', 'Legacy Files']);
    assert.deepEqual(
      pinsOf(live),
      tools.map((tool) => pinOf(json(tool))),
    );
  });

  test('reads what the client library would drop or change', async () => {
    const odd = '{"name":"odd","inputSchema":{"type":"object"},"future":{"b":1.50,"a":[null]},"annotations":{"x":1}}';
    const twice = '{"name":"a","name":"b","inputSchema":{"type":"object"}}';
    await using server = await startRawServer(`{"tools":[${odd},${twice},7]}`);
    const live = await read(server.url);
    assert.deepEqual(pinsOf(live), [pinOf(json(JSON.parse(odd))), 'json.duplicate-key', 'rpc.params']);
  });

  test('gives up on a cursor that never ends', async () => {
    await using server = await startRawServer('{"tools":[],"nextCursor":"again"}');
    assert.deepEqual((await read(server.url)).tools, []);
  });

  test('says in words why a server cannot be asked', async () => {
    await using server = await startRawServer('{"nothing":1}');
    await assert.rejects(read(server.url), LiveServerError);
    await assert.rejects(
      read(await closedUrl()),
      /http:\/\/127\.0\.0\.1:\d+\/mcp: nothing listens there \(ECONNREFUSED\)\. Is the server running\?$/,
    );
    await assert.rejects(
      read(new URL('http://nowhere.invalid/mcp')),
      /nowhere\.invalid\/mcp: (there is no such host|the name)/,
    );
  });

  test('never repeats what a server says as it is', async () => {
    await using server = await startFailingServer('gone \u001b]0;owned\u0007\u202e');
    await assert.rejects(
      read(server.url),
      ({ message }: Error) => /gone \\u\{1b\}\]0;owned/.test(message) && !/\p{C}/u.test(message),
    );
  });
});

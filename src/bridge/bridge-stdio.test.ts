import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Agent, fetch as fetchVia } from 'undici';
import { type Bridge, type BridgeOptions, bridgeStdio } from './bridge-stdio.ts';

const SERVER = join(import.meta.dirname, 'stdio-server.fixture.ts');

/** A bridge to the fixture that ends with the test. */
async function bridged(options: Partial<BridgeOptions> = {}): Promise<Bridge & AsyncDisposable> {
  const bridge = await bridgeStdio({ command: process.execPath, args: [SERVER], env: [], ...options });
  return { ...bridge, [Symbol.asyncDispose]: () => bridge.close() };
}

interface Connected extends AsyncDisposable {
  readonly client: Client;
  readonly transport: StreamableHTTPClientTransport;
  text(tool: string, args?: Record<string, unknown>, onprogress?: () => void): Promise<string>;
}

async function connect(bridge: Bridge): Promise<Connected> {
  const agent = new Agent({ connect: { socketPath: bridge.socketPath } });
  // The SDK types name the global fetch; undici's own differs only in its types.
  const fetch = ((url: URL, init: object) =>
    fetchVia(url, { ...init, dispatcher: agent })) as unknown as typeof globalThis.fetch;
  const client = new Client({ name: 'test', version: '1.0.0' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: {} }));
  const transport = new StreamableHTTPClientTransport(bridge.url, { fetch });
  await client.connect(transport);
  return {
    client,
    transport,
    async text(tool, args = {}, onprogress = () => {}) {
      const { content } = await client.callTool({ name: tool, arguments: args }, { onprogress });
      return content[0]?.type === 'text' ? content[0].text : assert.fail();
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await agent.destroy();
    },
  };
}

suite('bridgeStdio()', () => {
  test('serves a stdio server over a socket that only this user can reach', async () => {
    await using bridge = await bridged();
    await using connection = await connect(bridge);
    assert.equal(await connection.text('echo', { text: 'x'.repeat(1024 * 1024) }), 'x'.repeat(1024 * 1024));
    assert.equal(statSync(dirname(bridge.socketPath)).mode & 0o777, 0o700);
  });

  test('passes progress and questions of the server on, on the stream of the call', async () => {
    await using bridge = await bridged();
    await using connection = await connect(bridge);
    let heard = 0;
    assert.equal(await connection.text('progress', {}, () => void (heard += 1)), 'accept');
    assert.equal(heard, 1);
  });

  test('gives each session a process of its own', async () => {
    await using bridge = await bridged();
    await using one = await connect(bridge);
    await using other = await connect(bridge);
    assert.deepEqual([await one.text('count'), await one.text('count'), await other.text('count')], ['1', '2', '1']);
  });

  test('shows the process PATH, HOME, LANG and the listed variables, and no other', async () => {
    process.env['BRIDGE_SECRET'] = 'secret';
    process.env['BRIDGE_LISTED'] = 'listed';
    await using bridge = await bridged({ env: ['BRIDGE_LISTED', 'NOT_SET'] });
    await using connection = await connect(bridge);
    const seen = JSON.parse(await connection.text('environment')) as string[];
    delete process.env['BRIDGE_SECRET'];
    delete process.env['BRIDGE_LISTED'];
    const allowed = ['BRIDGE_LISTED', 'HOME', 'LANG', 'PATH'];
    assert.deepEqual(
      seen.filter((name) => !allowed.includes(name)),
      [],
    );
    assert.ok(seen.includes('BRIDGE_LISTED') && seen.includes('PATH'));
  });

  test('answers the open call with an error when the process dies, and later ones that the session is gone', async () => {
    await using bridge = await bridged();
    await using connection = await connect(bridge);
    await assert.rejects(connection.text('die'), /stdio server ended/);
    await assert.rejects(connection.text('count'), /session has ended/);
    await using fresh = await connect(bridge);
    assert.equal(await fresh.text('count'), '1');
  });

  test('says so when the command cannot be started', async () => {
    await using bridge = await bridged({ command: '/nonexistent/server' });
    await assert.rejects(connect(bridge), /stdio server ended/);
  });

  test('ends the session that was idle for longest to make room', async () => {
    await using bridge = await bridged({ maxSessions: 1 });
    await using first = await connect(bridge);
    await using second = await connect(bridge);
    assert.equal(await second.text('count'), '1');
    await assert.rejects(first.text('count'), /session has ended/);
  });

  test('ends the process with its session', async () => {
    await using bridge = await bridged();
    await using connection = await connect(bridge);
    await connection.transport.terminateSession();
    await assert.rejects(connection.text('count'));
  });
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { startWaiting } from '../servers/start-waiting.ts';
import { ALL_JUDGED, CARRIERS, whyNot } from './carriers.ts';
import { startSallyport } from './start-sallyport.ts';

const INFO = { name: 'test', version: '1.0.0' };

interface Caller {
  wait(onprogress: () => void): Promise<unknown>;
  close(): Promise<void>;
}

async function v2(url: URL, mode: 'legacy' | { pin: string }): Promise<Caller> {
  const client = new ClientV2(INFO, { versionNegotiation: { mode } });
  await client.connect(new TransportV2(url));
  return { wait: (onprogress) => client.callTool({ name: 'wait' }, { onprogress }), close: () => client.close() };
}

async function v1(url: URL): Promise<Caller> {
  const client = new ClientV1(INFO);
  await client.connect(new TransportV1(url));
  return {
    wait: (onprogress) => client.callTool({ name: 'wait' }, undefined, { onprogress }),
    close: () => client.close(),
  };
}

const CLIENTS: Readonly<Record<string, (url: URL) => Promise<Caller>>> = {
  'TypeScript 2 legacy': (url) => v2(url, 'legacy'),
  'TypeScript 2 modern': (url) => v2(url, { pin: '2026-07-28' }),
  'TypeScript 1': v1,
};

const ANONYMOUS = ['identity: anonymous', 'capability: none'];

for (const carrier of CARRIERS) {
  suite(`a call that says how far it is (${carrier})`, { skip: whyNot(carrier) }, () => {
    for (const [name, connect] of Object.entries(CLIENTS)) {
      for (const [which, lines] of Object.entries({ 'where that is needed': [], 'each time': ALL_JUDGED[carrier] })) {
        test(`is heard by ${name} before there is a result, judged ${which}`, async () => {
          await using server = await startWaiting();
          const serverLines = [...ANONYMOUS, ...lines];
          await using sallyport = await startSallyport({ carrier, servers: { tools: server.url }, serverLines });
          const client = await connect(new URL(sallyport.url('tools')));
          // The tool waits for its progress to be heard: what holds it back would never get to the result.
          assert.match(JSON.stringify(await client.wait(server.finish)), /done/);
          await client.close();
        });
      }
    }
  });
}

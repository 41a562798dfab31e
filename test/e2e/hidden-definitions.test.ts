import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { ts1 } from '../clients/ts-1.ts';
import { ts2 } from '../clients/ts-2.ts';
import { close, listen } from '../servers/listen.ts';
import { CARRIERS, whyNot } from './carriers.ts';
import { type StartedSallyport, startSallyport } from './start-sallyport.ts';

type Hide = (evil: string) => string;

/** Blocks in which some client finds data that a plain reader of event streams does not. */
const HIDING: Readonly<Record<string, Hide>> = {
  'behind what is taken for a byte order mark': (evil) => `\u00ef\u00bb\u00bfdata: ${evil}\n\n`,
  'behind a byte order mark in a comment': (evil) => `: a\n\ufeffdata: ${evil}\n\n`,
  'behind a line separator': (evil) => `: a\u2028data: ${evil}\u2028\u2028\n\n`,
  'behind a form feed': (evil) => `id: 1\fdata: ${evil}\f\f\n\n`,
};

interface HidingServer extends AsyncDisposable {
  readonly url: string;
  hide: Hide;
}

/** A tool server whose list of tools, an event, comes behind another one that `hide` makes. */
async function startHiding(): Promise<HidingServer> {
  const server = { url: '', hide: (() => '') as Hide, [Symbol.asyncDispose]: () => close(http) };
  const http = createServer((request, response) => {
    void textOf(request).then((body) => answer(response, body, server.hide));
  });
  server.url = await listen(http);
  return server;
}

function answer(response: ServerResponse, body: string, hide: Hide): void {
  const { id, method } = JSON.parse(body === '' ? '{}' : body) as { id?: number; method?: string };
  const event = (result: object): string => JSON.stringify({ jsonrpc: '2.0', id, result });
  const tools = (name: string): object => ({ tools: [{ name, inputSchema: { type: 'object' } }] });
  const serverInfo = { name: 'hiding', version: '1.0.0' };
  const hello = { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo };
  const replies: Readonly<Record<string, string>> = {
    'initialize': `data: ${event(hello)}\n\n`,
    'tools/list': `${hide(event(tools('evil')))}data: ${event(tools('good'))}\n\n`,
  };
  const reply = replies[method ?? ''];
  if (method === undefined) response.writeHead(405).end();
  else if (id === undefined) response.writeHead(202).end();
  else if (reply === undefined) response.writeHead(400).end();
  else response.writeHead(200, { 'content-type': 'text/event-stream' }).end(reply);
}

for (const carrier of CARRIERS) {
  suite(`a tool definition that nobody accepted, hidden (${carrier})`, { skip: whyNot(carrier) }, () => {
    let upstream: HidingServer;
    let sallyport: StartedSallyport;
    before(async () => {
      upstream = await startHiding();
      sallyport = await startSallyport({ carrier, servers: { tools: upstream.url } });
    });
    after(async () => {
      await sallyport.close();
      await upstream[Symbol.asyncDispose]();
    });

    for (const [where, hide] of Object.entries(HIDING)) {
      for (const driver of [ts1, ts2('legacy')]) {
        test(`${where}, does not get to ${driver.name}`, async () => {
          upstream.hide = hide;
          const [listed] = await driver.run(sallyport.url('tools'), [{ do: 'list', what: 'tools' }]);
          assert.partialDeepStrictEqual(listed, { kind: 'value', value: { tools: [{ name: 'good' }] } });
          assert.doesNotMatch(JSON.stringify(listed), /evil/);
        });
      }
    }
  });
}

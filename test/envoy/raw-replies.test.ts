import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { WIRINGS } from '../e2e/carriers.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { listTools } from './echo-call.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { towards } from './scripted-upstream.ts';
import { type Guarded, startGuarded } from './start-guarded.ts';

/** A list with a tool that nobody accepted. */
const LIST = '{"jsonrpc":"2.0","id":7,"result":{"tools":[{"name":"evil","inputSchema":{"type":"object"}}]}}';
const JSON_TYPE = 'content-type: application/json\r\n';
const WHOLE = `HTTP/1.1 200 OK\r\n${JSON_TYPE}content-length: ${LIST.length}\r\n\r\n${LIST}`;
const chunk = (bytes: string): string => `${bytes.length.toString(16)}\r\n${bytes}\r\n`;

/** What a tool server writes on its connection, byte for byte. */
const SAYS: Readonly<Record<string, string>> = {
  'early hints': `HTTP/1.1 103 Early Hints\r\nx-evil: 1\r\nset-cookie: evil=1\r\n\r\n${WHOLE}`,
  'leave to go on': `HTTP/1.1 100 Continue\r\nx-evil: 1\r\n\r\n${WHOLE}`,
  'that it is at work': `HTTP/1.1 102 Processing\r\nx-evil: 1\r\n\r\n${WHOLE}`,
  'another protocol': `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: evil\r\n\r\n${LIST}`,
  'trailers': `HTTP/1.1 200 OK\r\n${JSON_TYPE}transfer-encoding: chunked\r\n\r\n${chunk(LIST)}0\r\nx-evil: 1\r\n\r\n`,
  'trailers of events': `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n${chunk(`data: ${LIST}\n\n`)}0\r\nx-evil: 1\r\n\r\n`,
  'no content': 'HTTP/1.1 204 No Content\r\nx-evil: 1\r\n\r\n',
  'that nothing has changed': 'HTTP/1.1 304 Not Modified\r\nx-evil: 1\r\n\r\n',
  'a status that is none': `HTTP/1.1 999 Odd\r\n${JSON_TYPE}x-evil: 1\r\ncontent-length: 0\r\n\r\n`,
  'a large head': `HTTP/1.1 200 OK\r\nx-evil: ${'x'.repeat(70_000)}\r\ncontent-length: 0\r\n\r\n`,
  'two replies': `${WHOLE}HTTP/1.1 200 OK\r\nx-evil: 1\r\ncontent-length: 4\r\n\r\nevil`,
  'a reason': WHOLE.replace('OK', 'evil'),
  'an older version': `HTTP/1.0 200 OK\r\n${JSON_TYPE}content-length: ${LIST.length}\r\n\r\n${LIST}`,
};

/** Header fields that an answer may have. */
const KNOWN =
  'allow cache-control connection content-length content-type date retry-after sallyport-decision-id server transfer-encoding x-accel-buffering'.split(
    ' ',
  );

for (const wiring of WIRINGS) {
  suite(`a reply that has to be judged (${wiring})`, { skip: whyNoEnvoy() }, () => {
    let pinned: Upstream;
    let guarded: Guarded;
    let says = '';
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => {}).on('data', () => socket.write(says)));
    });
    before(async () => {
      pinned = await startV2();
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as AddressInfo;
      const edit = towards(pinned.url, `http://127.0.0.1:${port}/mcp`);
      guarded = await startGuarded({ upstream: pinned.url, wiring, edit });
    });
    after(async () => {
      await guarded[Symbol.asyncDispose]();
      await pinned.close();
      for (const socket of sockets) socket.destroy();
      server.close();
    });

    for (const [what, bytes] of Object.entries(SAYS)) {
      test(`has nothing in it that nobody judged, though the tool server says ${what}`, async () => {
        says = bytes;
        const answer = await listTools(guarded.envoy.url);
        assert.ok(answer.kind === 'reply', JSON.stringify(answer));
        assert.doesNotMatch(answer.body, /evil/);
        assert.deepEqual(
          [...answer.headers.keys()].filter((name) => !KNOWN.includes(name)),
          [],
        );
      });
    }
  });
}
